import unicodedata

import pytest
from email_validator import EmailNotValidError
from hypothesis import given
from hypothesis import strategies as st

from identity_service.errors import InvalidInput
from identity_service.identity import addresses
from identity_service.identity.addresses import parse_address

locals_ = st.text("abcXYZ0189.+_-'ÉéßİıĸΣςжЖ漢ع", min_size=1, max_size=20)
domains = st.sampled_from(["example.org", "Example.ORG", "münchen.de", "MÜNCHEN.de", "sub.domain.test", "例え.jp"])


def accepted(text):
    try:
        return parse_address(text)
    except InvalidInput:
        return None


def test_an_address_is_mailed_to_as_it_was_given():
    assert parse_address("Alice.Smith+News@Example.ORG").text == "Alice.Smith+News@example.org"


def test_case_makes_no_second_account():
    assert parse_address("ALICE@example.org").key == parse_address("alice@EXAMPLE.org").key


def test_dots_and_plus_signs_make_another_account_because_only_the_mail_provider_knows_their_meaning():
    keys = {parse_address(text).key for text in ("a.b@example.org", "ab@example.org", "a.b+c@example.org")}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u00df@example.org", "ss@example.org"),
        ("\u0131@example.org", "i@example.org"),
        ("\u0130@example.org", "i@example.org"),
        ("\u03a3@example.org", "\u03c3@example.org"),
        ("\u00c9@example.org", "\u00e9@example.org"),
        ("\ufb01@example.org", "fi@example.org"),
    ],
)
def test_letters_that_unicode_folds_together_stay_different_mailboxes(one, other):
    assert parse_address(one).key != parse_address(other).key


def test_two_spellings_of_one_character_are_the_same_address():
    assert parse_address("jose\u0301@example.org") == parse_address("josé@example.org")


@pytest.mark.parametrize("text", ["a@münchen.de", "a@MÜNCHEN.DE", "a@xn--mnchen-3ya.de", "a@XN--MNCHEN-3YA.de"])
def test_an_international_domain_is_kept_in_its_ascii_form(text):
    assert parse_address(text).text == "a@xn--mnchen-3ya.de"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "alice@",
        "@example.org",
        "a@b@example.org",
        "a..b@example.org",
        ".a@example.org",
        "a@example..org",
        "a@-example.org",
        "a@ex_ample.org",
        "a@example.org.",
        "a@localhost",
        "a@example.local",
        "a@example.invalid",
        "a@192.0.2.1",
        "a@[192.0.2.1]",
        "a b@example.org",
        " a@example.org",
        "a@example.org ",
        '"a b"@example.org',
        '"a"@example.org',
        "Alice <a@example.org>",
        "<a@example.org>",
        "a@1.xn--4dbc.com",
        "a\uff20example.org",
        "a@example.org,b@example.org",
        "a@xn--zzzzzzz99999.de",
        "a \u0301@example.org",
    ],
)
def test_anything_but_one_bare_address_is_refused(text):
    assert accepted(text) is None


INVISIBLE = "\0\r\n\t\x7f\x85\u200f\u200e\u202e\u2066\u200b\u00ad\ufeff\u2028\ue000\U000e0001"


@pytest.mark.parametrize("character", INVISIBLE)
@pytest.mark.parametrize(
    "text", ["al{}ice@example.org", "alice@exam{}ple.org", "{}alice@example.org", "alice@example.org{}"]
)
def test_control_and_invisible_characters_are_refused_everywhere(text, character):
    with pytest.raises(InvalidInput) as refusal:
        parse_address(text.format(character))
    assert refusal.value.fields[0].description == "must not contain control or invisible characters"


def test_sixty_four_characters_before_the_at_sign_are_the_most():
    assert accepted("a" * 64 + "@example.org")
    assert accepted("a" * 65 + "@example.org") is None


@pytest.mark.parametrize("length", [255, 320, 321, 1_000_000])
def test_more_than_254_characters_are_refused(length):
    with pytest.raises(InvalidInput) as refusal:
        parse_address(("a" * 60 + "@" + "b." * length)[: length - 4] + ".org")
    assert "254" in refusal.value.fields[0].description


def test_an_international_domain_that_is_too_long_in_ascii_is_refused():
    assert accepted("a@" + ".".join(["é" * 40] * 6) + ".de") is None


def test_the_refusal_names_the_field_and_does_not_repeat_the_text():
    with pytest.raises(InvalidInput) as refusal:
        parse_address("secret-marker@@example.org", field="new_email")
    [violation] = refusal.value.fields
    assert violation.field == "new_email"
    assert "secret-marker" not in violation.description + refusal.value.message


@given(locals_, domains)
def test_parsing_its_own_result_changes_nothing(local, domain):
    address = accepted(f"{local}@{domain}")
    if address is not None:
        assert parse_address(address.text) == address
        assert parse_address(address.key).key == address.key


@given(locals_, domains)
def test_the_local_part_is_only_composed_never_folded(local, domain):
    address = accepted(f"{local}@{domain}")
    if address is not None:
        assert address.text.rpartition("@")[0] == unicodedata.normalize("NFC", local)


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_refused_in_words(text):
    address = accepted(text)
    assert address is None or address.text.isprintable()


plain_locals = st.from_regex(r"[A-Za-z0-9_+.-]{1,66}", fullmatch=True)
plain_domains = st.from_regex(r"[A-Za-z0-9-]{1,65}(\.[A-Za-z0-9-]{1,8}){0,3}", fullmatch=True) | st.sampled_from(
    ["example.org", "EXAMPLE.Test", "xn--mnchen-3ya.de", "localhost", "10.0.0.1", "a..b.de", "example.org."]
)


@given(plain_locals, plain_domains)
def test_an_address_taken_by_its_looks_is_what_the_library_makes_of_it(local, domain):
    try:
        valid = addresses._validated(f"{local}@{domain}")
    except EmailNotValidError:
        assert accepted(f"{local}@{domain}") is None
        return
    assert parse_address(f"{local}@{domain}").text == f"{valid.local_part}@{valid.ascii_domain.lower()}"
