"""What API keys look like."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_service.tenants.key_text import fingerprint, hint, is_key, new_key

KEY = "idsk_GLixiIVbAkMaVlHcm1bKTwteaOj7u0IHEeziE3PnSF916Iv5c"


def test_a_new_key_is_one_that_secret_scanners_can_look_for():
    assert re.fullmatch(r"idsk_[0-9A-Za-z]{49}", new_key())
    assert is_key(new_key())
    assert is_key(KEY)


def test_no_two_keys_are_alike():
    assert len({new_key() for _ in range(1000)}) == 1000


def test_keys_use_all_their_room():
    assert len({key[20] for key in (new_key() for _ in range(2000))}) == 62


@given(position=st.integers(5, 53), other=st.sampled_from("0Az9"))
def test_a_slip_of_the_pen_is_noticed(position: int, other: str):
    slipped = KEY[:position] + other + KEY[position + 1 :]
    assert is_key(slipped) == (slipped == KEY)


@pytest.mark.parametrize(
    "text", ["", "idsk_", KEY[:-1], KEY + "a", KEY + "\n", f" {KEY}", KEY.upper(), KEY[5:], "ä" * 54]
)
def test_what_is_no_key_is_none(text: str):
    assert not is_key(text)


def test_a_key_is_told_by_its_end_and_stored_by_its_hash():
    assert KEY.endswith(hint(KEY))
    assert len(hint(KEY)) == 4
    assert len(fingerprint(KEY)) == 32
