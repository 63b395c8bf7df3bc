"""The HTML that operators write: whole elements, none that acts, so that it stays within its place in the layout."""

from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from identity_service.notification.rendering.overrides.hiding import hiding

_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_TABLE_PARTS = frozenset({"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"})
_TEXT = frozenset({"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q"})
_SMALL_TEXT = frozenset({"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var"})
_BLOCKS = frozenset({"address", "blockquote", "center", "div", "figcaption", "figure", "p", "pre", "section", "table"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"dd", "dl", "dt", "li", "ol", "ul"})
_ELEMENTS = _VOID | _TABLE_PARTS | _TEXT | _SMALL_TEXT | _BLOCKS | _HEADINGS | _LISTS
_DEEPEST = 60
_LINKS = ("href", "src", "action", "background")
_PICTURE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for an image with a text: something to click, though nothing to read."""
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
        super().__init__(convert_charrefs=False)  # so that a bare `<` can be told from `&lt;`
        if "<!" in html or "<?" in html:
            raise MarkupRefused("may not hold comments or declarations")
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
        if tag not in _ELEMENTS or (tag in _TABLE_PARTS and not any(each.tag == "table" for each in self._open)):
            raise MarkupRefused(f"may not hold <{tag}> there")
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
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            raise MarkupRefused(f"closes <{tag}> where it is not open")
        element = self._open.pop()
        if element.link and _is_visible("".join(self._seen[element.seen_before :])):
            self.links.append(element.link)

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise MarkupRefused("holds a `<` that begins no element; write &lt;")
        self._see(data)

    def handle_entityref(self, name: str) -> None:
        self._see(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._see(unescape(f"&#{name};"))

    def _see(self, text: str) -> None:
        if not (self._open and self._open[-1].hidden_by):
            self._seen.append(text)

    def _check_attribute(self, name: str, value: str) -> None:
        self.values.append(value)
        if name.startswith("on"):
            raise MarkupRefused(f"may not hold the attribute {name}")
        if name in _LINKS and not value.strip().lower().startswith(_SCHEMES):
            raise MarkupRefused(f"has an attribute {name} that is no http, https, mailto or tel address")


def _is_visible(text: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in text)
