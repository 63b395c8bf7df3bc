"""The HTML that operators write: whole elements, none that acts, so that it stays within its place in the layout."""

from html import unescape
from html.parser import HTMLParser

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
_SCHEMES = ("http://", "https://", "mailto:", "tel:", "cid:", "#")


class MarkupRefused(ValueError):
    """The HTML would not stay in its place, or do something."""


def require_whole(html: str) -> None:
    """Raises `MarkupRefused` for a rendered fragment that would leave its place."""
    Fragment(html)


class Fragment(HTMLParser):
    """Reads a rendered fragment. Raises `MarkupRefused` for what has no place in it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)  # so that a bare `<` can be told from `&lt;`
        if "<!" in html or "<?" in html:
            raise MarkupRefused("may not hold comments or declarations")
        self.links: list[str] = []
        self.values: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()
        if self._open:
            raise MarkupRefused(f"leaves <{self._open[-1]}> open")

    @property
    def text(self) -> str:
        """What is there to read."""
        return " ".join("".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS or (tag in _TABLE_PARTS and "table" not in self._open):
            raise MarkupRefused(f"may not hold <{tag}> there")
        for name, value in attrs:
            self._check_attribute(name, value or "")
        if tag not in _VOID:
            self._open.append(tag)
        if len(self._open) > _DEEPEST:
            raise MarkupRefused(f"nests more than {_DEEPEST} elements")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open.pop() != tag:
            raise MarkupRefused(f"closes <{tag}> where it is not open")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise MarkupRefused("holds a `<` that begins no element; write &lt;")
        self._words.append(data)

    def handle_entityref(self, name: str) -> None:
        self._words.append(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._words.append(unescape(f"&#{name};"))

    def _check_attribute(self, name: str, value: str) -> None:
        self.values.append(value)
        if name.startswith("on"):
            raise MarkupRefused(f"may not hold the attribute {name}")
        if name in _LINKS:
            if not value.strip().lower().startswith(_SCHEMES):
                raise MarkupRefused(f"has an attribute {name} that is no http, https, mailto or tel address")
            self.links.append(value)
