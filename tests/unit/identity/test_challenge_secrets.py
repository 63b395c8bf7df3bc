from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_service.identity.challenge_secrets import (
    Purpose,
    challenge_id_of,
    code,
    code_proves,
    link_token,
    token_proves,
)
from identity_service.ids import new_id
from identity_service.secret_keys import KeyRing, SecretKey

RING = KeyRing((SecretKey("new", bytes(range(32))), SecretKey("old", bytes(range(32, 64)))))
ID = UUID("0192f0c1-2345-7abc-8def-0123456789ab")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

ids = st.uuids()
purposes = st.sampled_from(Purpose)


@given(ids, purposes)
def test_a_token_leads_to_its_challenge_and_proves_it(challenge_id, purpose):
    token = link_token(RING, "new", purpose, challenge_id)
    assert len(token) == 64
    assert challenge_id_of(token) == challenge_id
    assert token_proves(RING, "new", purpose, challenge_id, token)


@given(ids, st.integers(0, 63), st.sampled_from(ALPHABET))
def test_a_token_with_any_character_changed_proves_nothing(challenge_id, position, character):
    token = link_token(RING, "new", Purpose.SIGN_IN, challenge_id)
    tampered = token[:position] + character + token[position + 1 :]
    if tampered != token:
        assert not token_proves(RING, "new", Purpose.SIGN_IN, challenge_id, tampered)
        spoken_of = challenge_id_of(tampered)
        assert spoken_of is not None
        assert not token_proves(RING, "new", Purpose.SIGN_IN, spoken_of, tampered)


@given(ids, ids)
def test_a_token_proves_no_other_challenge(one, other):
    if one != other:
        assert not token_proves(RING, "new", Purpose.SIGN_IN, other, link_token(RING, "new", Purpose.SIGN_IN, one))


def test_a_proof_counts_for_its_own_purpose_only():
    token = link_token(RING, "new", Purpose.VERIFY_EMAIL, ID)
    digits = code(RING, "new", Purpose.VERIFY_EMAIL, ID)
    assert not token_proves(RING, "new", Purpose.SIGN_IN, ID, token)
    assert not code_proves(RING, "new", Purpose.SIGN_IN, ID, digits)


def test_a_proof_counts_for_its_own_key_only():
    assert not token_proves(RING, "old", Purpose.SIGN_IN, ID, link_token(RING, "new", Purpose.SIGN_IN, ID))
    assert not code_proves(RING, "old", Purpose.SIGN_IN, ID, code(RING, "new", Purpose.SIGN_IN, ID))


def test_a_key_put_behind_a_new_one_still_checks_what_it_made():
    before = KeyRing((SecretKey("old", bytes(range(32, 64))),))
    token, digits = link_token(before, "old", Purpose.SIGN_IN, ID), code(before, "old", Purpose.SIGN_IN, ID)
    assert token_proves(RING, "old", Purpose.SIGN_IN, ID, token)
    assert code_proves(RING, "old", Purpose.SIGN_IN, ID, digits)


def test_nothing_is_proved_with_a_key_that_left_the_ring():
    after = KeyRing((SecretKey("newer", bytes(range(64, 96))),))
    assert not token_proves(after, "new", Purpose.SIGN_IN, ID, link_token(RING, "new", Purpose.SIGN_IN, ID))
    assert not code_proves(after, "new", Purpose.SIGN_IN, ID, code(RING, "new", Purpose.SIGN_IN, ID))


@pytest.mark.parametrize(
    "text", ["", "a", "A" * 63, "A" * 65, "A" * 63 + "=", "A" * 63 + "+", "A" * 63 + "\n", "é" * 64]
)
def test_text_that_is_no_token_speaks_of_no_challenge(text):
    assert challenge_id_of(text) is None
    assert not token_proves(RING, "new", Purpose.SIGN_IN, ID, text)


@given(ids, purposes)
def test_a_code_is_six_digits_and_proves_its_challenge(challenge_id, purpose):
    digits = code(RING, "new", purpose, challenge_id)
    assert len(digits) == 6
    assert set(digits) <= set("0123456789")
    assert code_proves(RING, "new", purpose, challenge_id, digits)


@given(st.text(max_size=12))
def test_any_other_text_is_not_the_code(text):
    if text != code(RING, "new", Purpose.SIGN_IN, ID):
        assert not code_proves(RING, "new", Purpose.SIGN_IN, ID, text)


def test_digits_of_another_script_are_not_the_code():
    digits = code(RING, "new", Purpose.SIGN_IN, ID)
    assert not code_proves(RING, "new", Purpose.SIGN_IN, ID, digits.translate({48 + n: 0x660 + n for n in range(10)}))


def test_codes_are_spread_evenly_with_leading_zeros_among_them():
    first_digits = Counter(code(RING, "new", Purpose.SIGN_IN, new_id())[0] for _ in range(20_000))
    assert len(first_digits) == 10
    assert all(1_780 < count < 2_220 for count in first_digits.values())  # over five standard deviations


def test_what_was_mailed_before_an_update_is_still_right_after_it():
    assert (
        link_token(RING, "new", Purpose.VERIFY_EMAIL, ID)
        == "AZLwwSNFeryN7wEjRWeJq8PlgHVz-8TASdZVzGqanT0TVDwQAi0iv97x68rjUY5m"
    )
    assert code(RING, "new", Purpose.VERIFY_EMAIL, ID) == "258331"
