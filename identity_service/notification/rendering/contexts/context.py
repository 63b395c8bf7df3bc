"""What every mail's context is, and what the samples share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.names import display_name

SAMPLE_NAME = "Amina"
SAMPLE_CODE = "048213"
SAMPLE_TOKEN = "AZkq3v0x-Rk_" * 5 + "Zk0T"
SAMPLE_TIME = datetime(2025, 3, 3, 14, 5, tzinfo=UTC)
SAMPLE_IP = "203.0.113.7"


def sample_link(page: str) -> str:
    """A link as long as real ones are."""
    return f"https://example.com/{page}?token={SAMPLE_TOKEN}"


@dataclass(frozen=True)
class Context:
    """What every mail knows: the recipient's given name, "" when unknown or not fit to be shown.

    The name is cleaned here and not in the templates, so that no template can forget it. `must_show` names the fields
    without whose values a mail of the kind would be of no use, `subject_names` those that its subject may show.
    """

    kind: ClassVar[Kind]
    must_show: ClassVar[tuple[str, ...]] = ()
    subject_names: ClassVar[frozenset[str]] = frozenset()
    given_name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "given_name", display_name(self.given_name))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The values that HTML and text may name."""
        return tuple(field.name for field in fields(cls))

    def translated(self, gettext: Callable[[str], str]) -> Self:
        """A sample in another language: what an operator would have written is in the catalogues too."""
        return self

    def for_subject(self) -> Mapping[str, Any]:
        """What the subject may name beside the brand: what no user has typed, or it would reach a header."""
        return {name: getattr(self, name) for name in self.subject_names}
