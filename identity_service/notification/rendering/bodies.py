"""Bodies in quoted-printable (RFC 2045, 6.7), of which only the lines with marks are encoded for each recipient.

The encoding begins anew with every line, so that lines can be encoded one by one.
"""

from binascii import b2a_qp
from collections.abc import Callable, Iterator
from itertools import groupby

from markupsafe import escape

Fill = Callable[[str], str]


def quoted_printable(content: str) -> str:
    """The content, encoded. Its lines end in `\\n`, and so do those of the answer."""
    return b2a_qp(content.encode()).decode("ascii")


def as_it_is(value: str) -> str:
    """A value for plain text."""
    return value


def as_html(value: str) -> str:
    """A value for HTML text or an attribute in double quotes, as the inliner writes them."""
    return str(escape(value)).replace("&#39;", "'").replace("&#34;", "&quot;")


class MarkedBody:
    """One body, with marks on some of its lines."""

    def __init__(self, content: str, marks: list[str], escaped: Fill) -> None:
        self._marks = marks
        self._escaped = escaped
        self._pieces = [self._piece(is_marked, "".join(lines)) for is_marked, lines in self._grouped(content)]

    def filled(self, values: list[str]) -> bytes:
        """The whole body, encoded, with the values in place of the marks."""
        shown = [self._escaped(value) for value in values]
        return b"".join([piece if isinstance(piece, bytes) else self._encoded(piece, shown) for piece in self._pieces])

    def _grouped(self, content: str) -> Iterator[tuple[bool, Iterator[str]]]:
        lines = [line + "\n" for line in content.split("\n")]
        lines[-1] = lines[-1].removesuffix("\n")
        return groupby(lines, lambda line: any(mark in line for mark in self._marks))

    def _piece(self, is_marked: bool, content: str) -> bytes | str:
        return content if is_marked else _on_the_wire(content)

    def _encoded(self, piece: str, shown: list[str]) -> bytes:
        for mark, value in zip(self._marks, shown, strict=True):
            piece = piece.replace(mark, value)
        return _on_the_wire(piece)


def _on_the_wire(content: str) -> bytes:
    return b2a_qp(content.encode()).replace(b"\n", b"\r\n")
