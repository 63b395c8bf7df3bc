"""What a password check costs, whoever asks."""

from collections.abc import Callable

import bcrypt
import pytest

from identity_service.identity.passwords import HashingCost, HashingPlaces, hashing
from identity_service.identity.passwords.schemes import EncodedHash, HashRefused, Scheme
from tests.services.hashing import place_to_hash

PASSWORD = "Zürich-quilt-ember-42"
CHEAP = HashingCost(memory=64, passes=1)
DJANGOS = "pbkdf2_sha256$1000$nDw9qLxpvTtBzzC4mEJyRA$iqx4qUBjoQfFghNa9Ci1oi+T8EDLecCoFr3RRVMhAko="


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[Scheme]:
    """The schemes of all hashes that are computed to check a password, in order."""
    done: list[Scheme] = []
    really: Callable[[EncodedHash, str], bool] = hashing._matches

    def seen(kept: EncodedHash, password: str) -> bool:
        done.append(kept.scheme)
        return really(kept, password)

    monkeypatch.setattr(hashing, "_matches", seen)
    return done


def test_an_empty_hash_is_nobodys_password_and_takes_as_long(work: list[Scheme]):
    place = place_to_hash(CHEAP)
    assert not place.verify("", PASSWORD)
    assert not place.verify_dummy(PASSWORD)
    assert work == [Scheme.ARGON2] * 2


def test_with_a_sample_of_the_import_every_check_does_the_work_of_both_schemes(work: list[Scheme]):
    place = place_to_hash(CHEAP, DJANGOS)
    own = place.hash(PASSWORD)
    for check in (
        lambda: place.verify_dummy(PASSWORD),
        lambda: place.verify(own, PASSWORD),
        lambda: place.verify("", PASSWORD),
        lambda: place.verify(DJANGOS, PASSWORD),
        lambda: place.verify(DJANGOS, "wrong"),
    ):
        work.clear()
        check()
        assert sorted(work) == [Scheme.ARGON2, Scheme.PBKDF2]


def test_the_sample_is_nobodys_password():
    place = place_to_hash(CHEAP, DJANGOS)
    assert place.verify(DJANGOS, PASSWORD)
    assert not place.verify("", PASSWORD)
    assert not place.verify_dummy(PASSWORD)
    assert not place.verify(place.hash("another-quilt-7"), PASSWORD)


def test_a_sample_that_cannot_be_checked_is_refused():
    with pytest.raises(HashRefused):
        HashingPlaces(CHEAP, imported_like="md5$x$y")


def test_what_was_typed_matches_although_the_other_system_did_not_normalise_it():
    typed = "Zu\u0308rich-quilt-ember-42"
    kept = bcrypt.hashpw(typed.encode(), bcrypt.gensalt(4)).decode()
    assert place_to_hash(CHEAP).verify(kept, typed)


@pytest.mark.parametrize("cost", [(262145, 1, 1), (262144, 5, 1), (64, 1, 17), (64, 1, 9), (64, 0, 1)])
def test_a_cost_that_the_server_could_not_bear_is_refused(cost: tuple[int, int, int]):
    with pytest.raises(ValueError, match=r"Argon2"):
        HashingCost(*cost)
