"""What proves a challenge: made when its mail is written, and brought back by whoever got the mail."""

from dataclasses import dataclass, field
from uuid import UUID

from identity_service.identity.addresses import Address
from identity_service.identity.challenge_secrets import Purpose, code, link_token
from identity_service.secret_keys import KeyRing
from identity_service.storage.rows import Challenge


@dataclass(frozen=True, slots=True)
class LinkToken:
    """The proof that a link carries."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EmailCode:
    """The proof that a person types: the digits, the address they were sent to, and which subject or user is meant."""

    address: Address
    code: str = field(repr=False)
    subject_id: UUID | None = None
    user_id: UUID | None = None


Proof = LinkToken | EmailCode


class ChallengeProofs:
    """Derives what a challenge's mail carries, when the mail is written."""

    def __init__(self, key_ring: KeyRing) -> None:
        self._key_ring = key_ring

    def code(self, challenge: Challenge) -> str:
        """The six digits. Raises `KeyError` when the challenge's key has left the ring."""
        return code(self._key_ring, challenge.key_id, Purpose(challenge.purpose), challenge.id)

    def link_token(self, challenge: Challenge) -> str:
        """The token of the link. Raises `KeyError` when the challenge's key has left the ring."""
        return link_token(self._key_ring, challenge.key_id, Purpose(challenge.purpose), challenge.id)
