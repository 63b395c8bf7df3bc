"""Hashes of other systems: which are recognised, checked, refused, and renewed."""

import pytest

from identity_service.identity.passwords import HashingCost
from identity_service.identity.passwords.schemes import HashRefused, parse, recognise
from tests.services.hashing import place_to_hash
from tests.services.old_hashes import KEPT, OF_ARGON2, OF_BCRYPT, OF_PBKDF2, OF_SCRYPT, OF_SCRYPT_PHC, PASSWORD

TOO_DEAR = [
    OF_PBKDF2.replace("1000", "2000001"),
    OF_PBKDF2.replace("1000", "999999999"),
    OF_BCRYPT.replace("$04$", "$15$"),
    OF_BCRYPT.replace("$04$", "$31$"),
    OF_ARGON2.replace("m=64", "m=262145"),
    OF_ARGON2.replace("m=64,t=2", "m=262144,t=5"),
    OF_ARGON2.replace("t=2", "t=99999999"),
    OF_ARGON2.replace("p=8", "p=17"),
    OF_SCRYPT.replace("scrypt$16$", "scrypt$1048576$"),
    OF_SCRYPT.replace("$8$5$", "$8$9999$").replace("scrypt$16$", "scrypt$16384$"),
    OF_SCRYPT_PHC.replace("ln=4", "ln=40"),
    OF_SCRYPT_PHC.replace("ln=4", "ln=99"),
]
DAMAGED = [
    "",
    "plain-text-password",
    "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
    "!QyQCcZsQx7Zqk1xM2nZ",
    OF_PBKDF2.replace("1000", "0"),
    OF_PBKDF2.replace("1000", "-1"),
    OF_PBKDF2.replace("1000", "\u0661\u0660"),
    OF_PBKDF2[:-8],
    OF_PBKDF2.replace("$nDw9", "$n\0w9"),
    OF_BCRYPT[:-1],
    OF_BCRYPT + "x",
    OF_BCRYPT.replace("2b", "2x", 1),
    OF_BCRYPT.replace("$04$", "$03$"),
    OF_BCRYPT.replace("sYD0.", "sYD0a"),  # spare bits, which the library refuses when a password is checked
    OF_ARGON2[:60],
    OF_ARGON2.replace("SQQ$", "SQR$"),
    OF_ARGON2[:-1] + "p",
    OF_ARGON2.replace("v=19", "v=20"),
    OF_ARGON2.replace("m=64", "m=63"),
    OF_ARGON2.replace("bkR3OXFMeHB2VHRCenpDNG1FSnlSQQ", "bkR3"),
    OF_SCRYPT.replace("scrypt$16$", "scrypt$17$"),
    OF_SCRYPT.replace("$8$5$", "$0$5$"),
    OF_SCRYPT.replace("$8$5$", "$8$0$"),
    OF_SCRYPT.replace("scrypt$16$", "scrypt$65536$").replace("$8$5$", "$1$1$"),
    OF_SCRYPT_PHC[:-30],
    OF_PBKDF2 + "A" * 600,
]


@pytest.mark.parametrize("encoded", KEPT)
def test_a_hash_of_another_system_is_recognised_and_checked(encoded: str):
    assert recognise(encoded) is KEPT[encoded]
    assert parse(encoded).verify(PASSWORD.encode())
    for wrong in ("", PASSWORD + " ", PASSWORD[:-1]):
        assert not parse(encoded).verify(wrong.encode())


@pytest.mark.parametrize("encoded", TOO_DEAR)
def test_a_hash_whose_check_would_halt_the_server_is_refused(encoded: str):
    with pytest.raises(HashRefused, match=r"must be"):
        recognise(encoded)


@pytest.mark.parametrize("encoded", DAMAGED)
def test_what_is_no_hash_is_refused_in_words_that_do_not_quote_it(encoded: str):
    with pytest.raises(HashRefused) as refusal:
        recognise(encoded)
    assert len(encoded) < 8 or encoded[-8:] not in str(refusal.value)


@pytest.mark.parametrize(
    "encoded",
    [
        OF_PBKDF2.replace("1000", "1200000"),  # Django 6
        OF_ARGON2.replace("m=64", "m=102400"),  # Django
        OF_SCRYPT.replace("scrypt$16$", "scrypt$16384$"),  # Django
        OF_SCRYPT_PHC.replace("ln=4", "ln=17"),  # OWASP
        OF_BCRYPT.replace("$04$", "$14$"),
        OF_ARGON2.replace("m=64,t=2,p=8", "m=65536,t=3,p=4"),  # PHP
    ],
)
def test_the_costs_that_others_use_are_accepted(encoded: str):
    assert recognise(encoded)


def test_bcrypt_reads_72_bytes_as_it_always_did():
    place = place_to_hash(HashingCost(memory=64, passes=1))
    long = "x" * 72
    of_long = "$2b$04$iu7H3C82EpR8ve2QWsYD0.mBrvLmRmQqj7TQ6eMXqiKXjmgR9iA42"
    assert place.verify(of_long, long)
    assert place.verify(of_long, long + "and more")
    assert not place.verify(of_long, "x" * 71)


@pytest.mark.parametrize("encoded", KEPT)
def test_a_foreign_hash_wants_renewal(encoded: str):
    place = place_to_hash(HashingCost(memory=64, passes=1))
    assert place.verify(encoded, PASSWORD)
    assert place.needs_rehash(encoded)
    assert not place.needs_rehash(place.hash(PASSWORD))
