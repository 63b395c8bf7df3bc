"""Identifiers: UUID version 7 (RFC 9562), so that they sort by the time they were made."""

import os
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

_VERSION_AND_VARIANT = 7 << 76 | 2 << 62
_RANDOM = (1 << 76) - 1 & ~(0b11 << 62)


def new_id() -> UUID:
    """A new identifier, greater than any that this process made before."""
    return uuid7()


def new_id_of(moment: datetime) -> UUID:
    """A new identifier of something made at that moment (1970 or later); it sorts among what was made then."""
    return UUID(int=_lowest(moment) | int.from_bytes(os.urandom(10)) & _RANDOM)


def lowest_id_of(moment: datetime) -> UUID:
    """What no identifier of that moment, or of any after it, is smaller than."""
    return UUID(int=_lowest(moment))


def moment_of(identifier: UUID) -> datetime:
    """When an identifier was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def _lowest(moment: datetime) -> int:
    return max(0, int(moment.timestamp() * 1000)) << 80 | _VERSION_AND_VARIANT
