from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_service.identity.challenge_secrets import challenge_id_of
from identity_service.identity.refresh_tokens import LAST_GENERATION, authentic, fingerprint, parse, refresh_token
from identity_service.secret_keys import KeyRing, SecretKey

RING = KeyRing((SecretKey("new", bytes(range(32))), SecretKey("old", bytes(range(32, 64)))))
ID = UUID("0192f0c1-2345-7abc-8def-0123456789ab")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
generations = st.integers(0, LAST_GENERATION - 1)


@given(st.uuids(), generations)
def test_a_token_leads_to_its_session_and_generation(session_id, generation):
    token = refresh_token(RING, "new", session_id, generation)
    assert len(token) == 70
    assert parse(token) == (session_id, generation)
    assert authentic(RING, "new", token)


@given(st.uuids(), generations, st.integers(0, 69), st.sampled_from(ALPHABET))
def test_a_token_with_any_character_changed_is_not_authentic(session_id, generation, position, character):
    token = refresh_token(RING, "new", session_id, generation)
    tampered = token[:position] + character + token[position + 1 :]
    assert authentic(RING, "new", tampered) == (tampered == token)


def test_every_generation_has_its_own_token_and_the_same_one_each_time():
    tokens = [refresh_token(RING, "new", ID, generation) for generation in (1, 2, 3, 1)]
    assert len(set(tokens)) == 3
    assert tokens[0] == tokens[3]


def test_a_token_is_authentic_for_the_key_that_made_it_only():
    token = refresh_token(RING, "old", ID, 1)
    assert authentic(RING, "old", token)
    assert not authentic(RING, "new", token)
    assert not authentic(RING, "gone", token)


@pytest.mark.parametrize(
    "text", ["", "A" * 69, "A" * 71, "A" * 69 + "B", "A" * 69 + "=", "A" * 70 + "\n", "é" * 70, "a.b.c"]
)
def test_text_that_is_no_token_speaks_of_no_session(text):
    assert parse(text) is None
    assert not authentic(RING, "new", text)


@pytest.mark.parametrize("generation", [LAST_GENERATION, 2**32 - 1])
def test_every_token_that_is_read_can_have_a_successor(generation):
    assert parse(refresh_token(RING, "new", ID, generation)) is None
    assert refresh_token(RING, "new", ID, LAST_GENERATION)


def test_a_refresh_token_is_no_link_token():
    assert challenge_id_of(refresh_token(RING, "new", ID, 1)) is None


def test_the_fingerprint_is_the_sha256_of_the_token():
    token = refresh_token(RING, "new", ID, 1)
    assert fingerprint(token) == sha256(token.encode()).digest()


def test_a_token_from_before_an_update_is_authentic_after_it():
    assert refresh_token(RING, "new", ID, 7) == "AZLwwSNFeryN7wEjRWeJqwAAAAdwgS-iyrw6wjBTtLgL5L-YetF3cS5Jp32SYkNI3pNCGw"
