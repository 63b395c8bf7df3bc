"""Whether something can be made of every setting."""

from collections.abc import Iterator

from identity_service.cli import checks
from identity_service.notification.senders import Finding, Level
from identity_service.settings import Settings


def usable(configuration: Settings) -> Iterator[Finding]:
    refused = [Finding(Level.PROBLEM, text) for text in dict.fromkeys(checks.objections(configuration))]
    yield from refused or [Finding(Level.OK, "all can be used")]
