"""Whose mail it is: what a tenant may change about the look of its mails."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from identity_service.notification.rendering.colours import GOOD_CONTRAST, WHITE, legible, text_on

_DARK_CARD = "#1a1e24"  # as in _media.css
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class BrandRefusedError(ValueError):
    """A brand that could not be shown in a mail; the message says which field and why."""


@dataclass(frozen=True)
class Brand:
    """The name, links and colours of the sender. Colours are `#rrggbb`; links are http or https.

    `on_accent` is written on the accent colour, `accent_on_dark` stands for it on dark pages; what is left empty is
    made so that it can be read.
    """

    name: str
    public_url: str
    support_address: str | None = None
    accent: str = "#2f4bb8"
    on_accent: str = ""
    accent_on_dark: str = ""
    logo_url: str | None = None
    footer: str = ""

    def __post_init__(self) -> None:
        self._require(self.name.strip() != "", "name", "must not be empty")
        for field in ("name", "support_address", "footer"):
            self._require(_is_one_line(getattr(self, field) or ""), field, "must be one line of text")
        self._require(_COLOUR.fullmatch(self.accent) is not None, "accent", "must look like #2f4bb8")
        object.__setattr__(self, "on_accent", self.on_accent or text_on(self.accent))
        object.__setattr__(
            self, "accent_on_dark", self.accent_on_dark or legible(self.accent, _DARK_CARD, GOOD_CONTRAST)
        )
        for field in ("on_accent", "accent_on_dark"):
            self._require(_COLOUR.fullmatch(getattr(self, field)) is not None, field, "must look like #2f4bb8")
        self._require(_is_web_address(self.public_url), "public_url", "must be an http or https address")
        if self.logo_url is not None:
            self._require(_is_web_address(self.logo_url), "logo_url", "must be an http or https address")

    @property
    def accent_on_light(self) -> str:
        """The accent colour where it is text on a white card."""
        return legible(self.accent, WHITE)

    @classmethod
    def sample(cls) -> Self:
        """A brand for tests and the gallery."""
        return cls("Example", "https://example.com", "help@example.com", footer="Example Ltd, 1 Sample Street")

    @staticmethod
    def _require(holds: bool, field: str, why: str) -> None:
        if not holds:
            raise BrandRefusedError(f"{field} {why}")


def _is_one_line(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
