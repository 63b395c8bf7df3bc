"""A password that somebody chooses: judged by the policy and by what is known of breaches, then hashed."""

from collections.abc import Sequence
from dataclasses import replace

from identity_service.calls.call import Call
from identity_service.identity.addresses import Address
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.passwords.breached import BreachedPasswords
from identity_service.identity.passwords.hashing import PasswordHasher
from identity_service.identity.passwords.policy import PasswordPolicy, PasswordRefused


class NewPasswords:
    """What every journey that sets a password asks."""

    def __init__(
        self, *, policy: PasswordPolicy, breached: BreachedPasswords, hasher: PasswordHasher, limiter: Limiter
    ) -> None:
        self._policy = policy
        self._breached = breached
        self._hasher = hasher
        self._limiter = limiter

    def check_first(self, password: str, field: str) -> None:
        """What can be said before anybody is known, and before the call costs a try of a code or of a limit.

        Raises `PasswordRefused` naming `field`, and `HashingBusy`.
        """
        self._policy.check_length(password, field)
        self._hasher.require_room()

    def check(self, call: Call, password: str, field: str, address: Address, names: Sequence[str] = ()) -> None:
        """All that can be said here. Raises `PasswordRefused` naming `field`, and `LimitExceeded`."""
        # Repeats as well: what was refused is judged again each time.
        self._limiter.hit_all(replace(call, request=None), (Rule.NEW_PASSWORD_NETWORK, network_of(call.ip_address)))
        self._policy.check(password, field, address, names)

    def hash(self, password: str, field: str) -> str:
        """The hash of a checked password. It may ask another service and takes a core for a while: check limits first.

        Raises `PasswordRefused` naming `field` for a breached one, and `HashingBusy`.
        """
        if self._breached.contains(password):
            raise PasswordRefused(field, "is known from a data breach: choose one that you have used nowhere else")
        return self._hasher.hash(password)
