"""What rendering makes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail without its envelope. `locale` is the BCP 47 tag of the language it is really in."""

    subject: str
    html: str
    text: str
    locale: str
