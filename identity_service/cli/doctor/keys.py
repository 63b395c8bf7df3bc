"""Whether there are secret keys."""

from collections.abc import Iterator

from identity_service.bootstrap import configured
from identity_service.notification.senders import Finding, Level
from identity_service.settings import Settings


def keys(configuration: Settings) -> Iterator[Finding]:
    ring = configured.key_ring(configuration)
    yield Finding(Level.OK, f"{len(ring)} in the ring, {ring.active.id} is active")
