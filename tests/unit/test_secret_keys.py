from base64 import urlsafe_b64encode

import pytest

from identity_service.secret_keys import KeyRing, SecretKey, generate

SECRET = bytes(range(32))
ENCODED = urlsafe_b64encode(SECRET).decode().rstrip("=")
OTHER = urlsafe_b64encode(bytes(range(100, 140))).decode()


def test_the_first_key_is_active_and_the_others_are_kept():
    ring = KeyRing.parse(f"new:{ENCODED}, old:{OTHER}")
    assert ring.active.id == "new"
    assert ring.ids == ("new", "old")
    assert "old" in ring
    assert "older" not in ring
    assert len(ring) == len(list(ring)) == 2


def test_a_generated_entry_is_read_back():
    entry = generate()
    assert len(KeyRing.parse(entry).active.secret) == 32


def test_generated_entries_differ_in_id_and_secret():
    ring = KeyRing.parse(",".join(generate() for _ in range(20)))
    assert len({key.secret for key in ring}) == 20


def test_padding_of_the_secret_does_not_matter():
    assert KeyRing.parse(f"a:{ENCODED}=").active == KeyRing.parse(f"a:{ENCODED}").active


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "entry 1 has no ':'"),
        (ENCODED, "entry 1 has no ':'"),
        (f"a:{ENCODED},", "entry 2 has no ':'"),
        (f":{ENCODED}", "a key id is"),
        (f"a b:{ENCODED}", "a key id is"),
        ("a" * 64 + f":{ENCODED}", "a key id is"),
        ("a:", "not base64url"),
        (f"a:{ENCODED[:-1]}+", "not base64url"),
        ("a:" + "A" * 41, "cut off"),
        (f"a:{ENCODED[:20]}", "has 15 bytes and needs 32"),
        ("a:" + "A" * 43, "not random"),
        (f"a:{ENCODED},a:{OTHER}", "repeated: a"),
    ],
)
def test_a_wrong_entry_is_refused_in_words_that_help(text, words):
    with pytest.raises(ValueError, match=words):
        KeyRing.parse(text)


@pytest.mark.parametrize(
    "text", [f"{ENCODED}:a1", f"a:{ENCODED[:20]}", f"a:{ENCODED}*", f"a {ENCODED}", f"a:{ENCODED},a:{OTHER}"]
)
def test_a_refusal_shows_no_part_of_the_secret(text):
    with pytest.raises(ValueError, match=r".") as refusal:
        KeyRing.parse(text)
    assert ENCODED[:12] not in str(refusal.value)


def test_an_empty_ring_is_refused():
    with pytest.raises(ValueError, match="at least one key"):
        KeyRing(())


def test_no_repr_shows_a_secret():
    ring = KeyRing.parse(f"a:{ENCODED}")
    ring.derive("a", b"label")
    shown = f"{ring!r} {ring} {ring.active!r} {ring.active} {list(ring)}"
    assert "a" in shown
    assert ENCODED not in shown
    assert repr(SECRET)[2:20] not in shown


def test_sub_keys_are_separated_by_key_label_and_length():
    ring = KeyRing((SecretKey("a", SECRET), SecretKey("b", SECRET[::-1])))
    derived = {ring.derive("a", b"one"), ring.derive("a", b"two"), ring.derive("b", b"one")}
    assert len(derived) == 3
    assert SECRET not in derived
    assert len(ring.derive("a", b"one", length=48)) == 48


def test_a_sub_key_is_the_same_in_every_process_and_release():
    ring = KeyRing((SecretKey("a", SECRET),))
    assert ring.derive("a", b"label") == ring.derive("a", b"label")
    assert ring.derive("a", b"label").hex() == "479dd84d163df1782566e1803faf199e24d3af4dcc119c299dc0190b1c46198f"


def test_an_unknown_key_yields_nothing():
    with pytest.raises(KeyError):
        KeyRing((SecretKey("a", SECRET),)).derive("b", b"label")
