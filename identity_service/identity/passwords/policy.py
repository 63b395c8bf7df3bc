"""Which passwords are accepted."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from zxcvbn_rs_py import Feedback, zxcvbn
from zxcvbn_rs_py import Warning as Weakness

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.identity.addresses import Address

SHORTEST = 12
LONGEST = 128
LOWEST_SCORE = 3
"""zxcvbn's "safely unguessable": 10^8 guesses or more. It knows the common passwords, names and words."""

_SCORED = 24  # the estimate's time explodes with the length: at worst seen 40 ms for 24 characters, 300 ms for 64
_LEAST_OWN = 8  # code points that must be left of a password without the address and the name in it
_LEAST_PERSONAL = 3  # shorter names occur in words by chance
_COMMON = (Weakness.ThisIsATop10Password, Weakness.ThisIsATop100Password, Weakness.ThisIsACommonPassword)


def normalise(password: str) -> str:
    """The form that is measured and hashed: NFKC, so that no keyboard makes another password of it."""
    return unicodedata.normalize("NFKC", password)


class PasswordRefused(InvalidInput):
    """The password is too short, too long, or too easy to guess."""

    reason = "PASSWORD_REFUSED"

    def __init__(self, field: str, description: str) -> None:
        super().__init__([FieldViolation(field, description)])


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Which passwords are accepted: any Unicode, any composition, not too short and not guessable."""

    shortest: int = SHORTEST
    longest: int = LONGEST
    lowest_score: int = LOWEST_SCORE

    def check(self, password: str, field: str, address: Address, names: Sequence[str] = ()) -> None:
        """Raises `PasswordRefused` naming `field`, with fixed words that never repeat any of the password.

        Lengths are code points after NFKC. `names` are the person's names, empty ones allowed.
        """
        self.check_length(password, field)
        description = self._objection(normalise(password), address, names)
        if description is not None:
            raise PasswordRefused(field, description)

    def check_length(self, password: str, field: str) -> None:
        """The part of `check` that needs to know nobody. Raises `PasswordRefused` naming `field`."""
        length = len(normalise(password))
        if length < self.shortest:
            raise PasswordRefused(field, f"must have at least {self.shortest} characters")
        if length > self.longest:
            raise PasswordRefused(field, f"must have at most {self.longest} characters")

    def _objection(self, password: str, address: Address, names: Sequence[str]) -> str | None:
        personal = _personal_parts(address, names)
        if _is_mostly(password, personal):
            return "must not be made of the e-mail address or the name"
        return self._weakness(password, personal)

    def _weakness(self, password: str, personal: list[str]) -> str | None:
        estimate = zxcvbn(password[:_SCORED], personal)
        if int(estimate.score) >= self.lowest_score:
            return None
        if _is_common(estimate.feedback):
            return "must not be one of the most common passwords"
        return "is too easy to guess: use several unrelated words, or a longer mix of characters"


def _personal_parts(address: Address, names: Sequence[str]) -> list[str]:
    local, _, domain = address.text.partition("@")
    words = [word for name in names for word in name.split()]
    parts = {normalise(part).casefold() for part in (address.text, local, domain, *names, *words)}
    return sorted((part for part in parts if len(part) >= _LEAST_PERSONAL), key=len, reverse=True)


def _is_mostly(password: str, personal: list[str]) -> bool:
    own = folded = password.casefold()
    for part in personal:
        own = own.replace(part, "")
    return own != folded and len(own) < _LEAST_OWN


def _is_common(feedback: Feedback | None) -> bool:
    return feedback is not None and feedback.warning in _COMMON
