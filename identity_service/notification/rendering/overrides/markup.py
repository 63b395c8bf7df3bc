"""The HTML that operators write: whole elements, none that acts, so that it stays within its place in the layout.

Mail programs read HTML by the standard, which closes what is open where something else may not stand in it: a second
`<table>` in a `<table>` ends the first, and its end tag then ends one of ours. So a fragment is taken only where the
standard reads it as it is written.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from identity_service.notification.rendering.overrides.hiding import hiding

_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_ROWS, _CELLS, _ITEMS = frozenset({"tr"}), frozenset({"td", "th"}), frozenset({"li"})
_CHILDREN = {
    "table": _ROWS | {"caption", "col", "colgroup", "tbody", "tfoot", "thead"},
    "colgroup": frozenset({"col"}),
    "tbody": _ROWS,
    "tfoot": _ROWS,
    "thead": _ROWS,
    "tr": _CELLS,
    "ol": _ITEMS,
    "ul": _ITEMS,
    "dl": frozenset({"dd", "dt"}),
}
"""All that these may hold directly, and what may stand nowhere else."""
_CHILDREN_ALONE = frozenset[str]().union(*_CHILDREN.values())
_TEXT = frozenset({"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q"})
_SMALL_TEXT = frozenset({"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var"})
_BLOCKS = frozenset({"address", "blockquote", "center", "div", "figcaption", "figure", "p", "pre", "section", "table"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"dl", "ol", "ul"})
_ENDING_P = _BLOCKS | _HEADINGS | _LISTS | {"hr"}
_ELEMENTS = _VOID | _CHILDREN_ALONE | _TEXT | _SMALL_TEXT | _ENDING_P
_DEEPEST = 60
_LINKS = ("href", "src", "action", "background")
_PICTURE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for an image with a text: something to click, though nothing to read."""
# What every parser reads alike: they differ over blanks, slashes, quotes and angle brackets in other places.
_BLANK = r"[ \t\n\r\f]"
_VALUE = r""" "[^"<>]*" | '[^'<>]*' | [^\s"'<>=`][^\s"'<>`]* """
_ATTRIBUTE = rf"{_BLANK}+ [a-zA-Z][a-zA-Z0-9:_-]* (?: {_BLANK}*={_BLANK}* (?:{_VALUE}) )?"
_TAG = re.compile(rf"< [a-zA-Z][a-zA-Z0-9]* (?: {_ATTRIBUTE} )* {_BLANK}*/?> | </[a-zA-Z][a-zA-Z0-9]*{_BLANK}*>", re.X)
_SCHEMES = ("http://", "https://", "mailto:", "tel:", "cid:", "#")


class MarkupRefused(ValueError):
    """The HTML would not stay in its place, or do something."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One that is open: where a link leads to, what hides its content, and how much there was to see before it."""

    tag: str
    link: str
    hidden_by: frozenset[str]
    seen_before: int


class Fragment(HTMLParser):
    """Reads a rendered fragment. Raises `MarkupRefused` for what has no place in it.

    `links` are those that a reader can click, `values` are those of all attributes.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        if "<!" in html or "<?" in html:
            raise MarkupRefused("may not hold comments or declarations")
        if "<" in _TAG.sub("", html):
            raise MarkupRefused("holds a `<` that begins no plain tag; write &lt; and &gt; in text and attributes")
        self.links: list[str] = []
        self.values: list[str] = []
        self._open: list[_Element] = []
        self._seen: list[str] = []
        self.feed(html)
        self.close()
        if self._open:
            raise MarkupRefused(f"leaves <{self._open[-1].tag}> open")

    @property
    def text(self) -> str:
        """What is there to read."""
        return " ".join("".join(self._seen).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check_place(tag)
        for name, value in attrs:
            self._check_attribute(name, value or "")
        attributes = {name: value or "" for name, value in reversed(attrs)}  # of two alike, the first holds
        around = self._open[-1].hidden_by if self._open else frozenset[str]()
        link = attributes.get("href", "") if tag == "a" else ""
        element = _Element(tag, link, hiding(around, attributes), len(self._seen))
        if tag not in _VOID:
            self._open.append(element)
        elif attributes.get("alt", "").strip() and not element.hidden_by:
            self._seen.append(_PICTURE)
        if len(self._open) > _DEEPEST:
            raise MarkupRefused(f"nests more than {_DEEPEST} elements")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # the slash says nothing in HTML

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            raise MarkupRefused(f"closes <{tag}> where it is not open")
        element = self._open.pop()
        if element.link and _is_visible("".join(self._seen[element.seen_before :])):
            self.links.append(element.link)

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1].hidden_by):
            self._seen.append(data)

    def _check_place(self, tag: str) -> None:
        parent = self._open[-1].tag if self._open else ""
        is_fit = tag in _CHILDREN[parent] if parent in _CHILDREN else tag not in _CHILDREN_ALONE
        if tag not in _ELEMENTS or not is_fit:
            raise MarkupRefused(f"may not hold <{tag}> " + (f"directly within <{parent}>" if parent else "there"))
        if tag in _ENDING_P and any(each.tag == "p" for each in self._open):
            raise MarkupRefused(f"may not hold <{tag}> within <p>")

    def _check_attribute(self, name: str, value: str) -> None:
        self.values.append(value)
        if name.startswith("on"):
            raise MarkupRefused(f"may not hold the attribute {name}")
        if name in _LINKS and not value.strip().lower().startswith(_SCHEMES):
            raise MarkupRefused(f"has an attribute {name} that is no http, https, mailto or tel address")


def _is_visible(text: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in text)
