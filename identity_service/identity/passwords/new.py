"""A password that somebody chooses: judged by the policy and by what is known of breaches, then hashed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from identity_service.calls.call import Call
from identity_service.identity.addresses import Address
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.passwords.breached import BreachedPasswords
from identity_service.identity.passwords.places import HashingPlaces, Place
from identity_service.identity.passwords.policy import PasswordPolicy, PasswordRefused


class NewPasswords:
    """What every journey that sets a password asks."""

    def __init__(
        self, *, policy: PasswordPolicy, breached: BreachedPasswords, places: HashingPlaces, limiter: Limiter
    ) -> None:
        self._policy = policy
        self._breached = breached
        self._places = places
        self._limiter = limiter

    @contextmanager
    def chosen(self, password: str, field: str) -> Iterator["ChosenPassword"]:
        """A password that is neither too short nor too long, and a place to hash it, for the whole journey.

        Both are asked for before anybody is known, and before the call costs a try of a code or of a limit. Raises
        `PasswordRefused` naming `field`, and `HashingBusy`.
        """
        self._policy.check_length(password, field)
        with self._places.place() as place:
            yield ChosenPassword(
                password, field, place, policy=self._policy, breached=self._breached, limiter=self._limiter
            )


class ChosenPassword:
    """The password of one call, which came in `request_field`. `place` is the place of its whole journey."""

    def __init__(
        self,
        password: str,
        request_field: str,
        place: Place,
        *,
        policy: PasswordPolicy,
        breached: BreachedPasswords,
        limiter: Limiter,
    ) -> None:
        self.password = password
        self.request_field = request_field
        self.place = place
        self._policy = policy
        self._breached = breached
        self._limiter = limiter

    def judge(self, call: Call, address: Address, names: Sequence[str] = ()) -> None:
        """All that can be said here. Raises `PasswordRefused` and `LimitExceeded`."""
        counted_each_time = replace(call, request=None)  # repeats as well: what was refused is judged again
        self._limiter.hit_all(counted_each_time, (Rule.NEW_PASSWORD_NETWORK, network_of(call.ip_address)))
        self._policy.check(self.password, self.request_field, address, names)

    def hash(self) -> str:
        """The hash of a judged password. It may ask another service and takes a core for a while: check limits first.

        Raises `PasswordRefused` for a breached one.
        """
        if self._breached.contains(self.password):
            objection = "is known from a data breach: choose one that you have used nowhere else"
            raise PasswordRefused(self.request_field, objection)
        return self.place.hash(self.password)
