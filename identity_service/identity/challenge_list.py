"""Challenges for operators to look at. What proves them is stored nowhere, so there is nothing to hide."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from identity_service.clock import Clock
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import LIFETIMES
from identity_service.storage.database import Connection, Database
from identity_service.storage.queries import challenge_lists as queries
from identity_service.storage.queries.challenge_lists import ChallengeFilter
from identity_service.storage.queries.challenge_lists import ListedChallenge as ListedChallenge  # what it answers
from identity_service.storage.rows import Challenge


class ChallengeState(StrEnum):
    """Whether a challenge can still be met."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"


def state_of(challenge: Challenge, now: datetime) -> ChallengeState:
    if challenge.used_at is not None:
        return ChallengeState.USED
    return ChallengeState.VALID if challenge.expires_at > now else ChallengeState.EXPIRED


class ChallengeList:
    """The journey of ChallengeService.ListChallenges."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._now = clock

    def page(
        self,
        tenant_id: str,
        *,
        purpose: Purpose | None = None,
        state: ChallengeState | None = None,
        email: str = "",
        user_id: UUID | None = None,
        before: UUID | None,
        size: int,
    ) -> list[ListedChallenge]:
        """Up to `size` challenges, newest first, older than `before`. Raises `EmailInvalid`."""
        lifetimes: dict[str, timedelta] = {each: span for each, span in LIFETIMES.items() if purpose in (None, each)}
        given_key = parse_address(email).key if email else None
        with self._database.connect() as connection:
            wanted = ChallengeFilter(
                lifetimes=lifetimes,
                state=state or "",
                address_keys=self._address_keys(connection, tenant_id, given_key, user_id),
                user_id=user_id,
                any_purpose=purpose is None,
            )
            return queries.page(connection, tenant_id, wanted, now=self._now(), before=before, size=size)

    def _address_keys(
        self, connection: Connection, tenant_id: str, given: str | None, user_id: UUID | None
    ) -> list[str] | None:
        """Where to look: challenges are found by their address, and a user's by the addresses of the user."""
        if given:
            return [given]
        return queries.addresses_of(connection, tenant_id, user_id) if user_id else None
