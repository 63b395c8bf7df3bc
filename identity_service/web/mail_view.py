"""What the mailbox makes of a mail's bodies."""

import re
from dataclasses import dataclass
from typing import Literal

FRAME_POLICY = "; ".join(
    (
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src https: data:",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""For the HTML of a mail: an origin of its own, no scripts, forms or connections. A link opens a tab outside it."""

_CODE = re.compile(r"[0-9]{6}")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
_NEW_TABS = '<base target="_blank">'


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plain text. Codes and links are told apart where they have a line to themselves."""

    kind: Literal["text", "code", "link"]
    text: str


def lines(text: str) -> list[Line]:
    """The lines of a body, without their ends."""
    return [Line(_kind(line.strip()), line) for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]


def one_time_code(text: str | None) -> str | None:
    """The first six digits that stand alone on a line."""
    found = (line.text.strip() for line in lines(text or "") if line.kind == "code")
    return next(found, None)


def framed(html: str) -> str:
    """The HTML, whose links open in new tabs.

    A frame without scripts of ours can be told so only from within. Where the element lands does not matter for
    security, which is in `FRAME_POLICY`: a link without it would open in the frame, where nothing of ours may be.
    """
    place = _HEAD.search(html) or _DOCTYPE.match(html)
    end = place.end() if place else 0
    return html[:end] + _NEW_TABS + html[end:]


def _kind(line: str) -> Literal["text", "code", "link"]:
    if _CODE.fullmatch(line):
        return "code"
    return "link" if _LINK.fullmatch(line) else "text"
