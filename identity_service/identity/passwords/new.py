"""A password that somebody chooses: judged by the policy and by what is known of breaches, then hashed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from identity_service.calls.call import Call
from identity_service.identity.addresses import Address
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.passwords.breached import BreachedPasswords
from identity_service.identity.passwords.places import HashingPlaces, Place
from identity_service.identity.passwords.policy import PasswordPolicy, PasswordRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasswords:
    """What every journey that sets a password asks."""

    policy: PasswordPolicy
    breached: BreachedPasswords
    places: HashingPlaces
    limiter: Limiter

    @contextmanager
    def chosen(self, password: str, field: str) -> Iterator["ChosenPassword"]:
        """A password that is neither too short nor too long, and a place to hash it, for the whole journey.

        Both are asked for before anybody is known, and before the call costs a try of a code or of a limit. Raises
        `PasswordRefused` naming `field`, and `HashingBusy`.
        """
        self.policy.check_length(password, field)
        with self.places.place() as place:
            yield ChosenPassword(password, field, place, self)


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """The password of one call, which came in `request_field`. `place` is the place of its whole journey."""

    password: str = field(repr=False)
    request_field: str
    place: Place
    _new: NewPasswords

    def judge(self, call: Call, address: Address, names: Sequence[str] = ()) -> None:
        """All that can be said here. Raises `PasswordRefused` and `LimitExceeded`."""
        # Repeats as well: what was refused is judged again each time.
        first_of_its_kind = replace(call, request=None)
        self._new.limiter.hit_all(first_of_its_kind, (Rule.NEW_PASSWORD_NETWORK, network_of(call.ip_address)))
        self._new.policy.check(self.password, self.request_field, address, names)

    def hash(self) -> str:
        """The hash of a judged password. It may ask another service and takes a core for a while: check limits first.

        Raises `PasswordRefused` for a breached one.
        """
        if self._new.breached.contains(self.password):
            objection = "is known from a data breach: choose one that you have used nowhere else"
            raise PasswordRefused(self.request_field, objection)
        return self.place.hash(self.password)
