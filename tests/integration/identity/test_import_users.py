"""Users of another system: each is taken or refused alone, and signs in as there."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import argon2
import bcrypt
import pytest

from identity_service.identity.errors import CredentialsRejected, ProofRejected
from identity_service.identity.import_users import ImportedChunk, Row
from identity_service.identity.user_accounts import UserFilter
from identity_service.storage.tables import audit_events, notifications, users
from tests.services.at_once import all_at_once
from tests.services.household import PASSWORD, Household

ADA = Row(
    0,
    email="Ada@Example.com",
    email_verified=True,
    password_hash="",
    given_name="Ada",
    family_name="",
    user_type="",
    locale="",
    created_at=None,
    external_reference="",
)


def import_users(household: Household, *rows: Row, **call: Any) -> ImportedChunk:
    return household.journeys.import_users(household.call(**call), rows)


def refusals(chunk: ImportedChunk) -> list[tuple[int, str, str]]:
    return [(refusal.number, refusal.field, refusal.reason) for refusal in chunk.refusals]


def test_an_imported_user_is_one_like_all_others(household: Household):
    made = datetime(2019, 5, 4, 12, 30, 15, 123456, UTC)
    row = replace(ADA, user_type="Artist", locale="ar", created_at=made, external_reference="4711")
    chunk = import_users(household, row)
    ada = household.journeys.user_accounts.get_by_email("default", "ada@example.com")
    assert (chunk.size, chunk.user_ids, chunk.refusals) == (1, {0: ada.id}, [])
    assert (ada.email, ada.given_name, ada.user_type, ada.locale) == ("Ada@example.com", "Ada", "Artist", "ar")
    assert (ada.state, ada.created_at, ada.email_verified_at, ada.external_reference) == ("active", made, made, "4711")
    assert household.sign_in("ada@example.com").user == ada


def test_what_is_left_empty_has_a_default(household: Household):
    now = household.clock.stand()
    import_users(household, ADA, locale="ar-EG")
    (ada,) = household.rows(users)
    assert (ada["user_type"], ada["locale"], ada["created_at"]) == ("user", "ar-EG", now)


def test_an_import_sends_no_mail_and_is_recorded(household: Household):
    chunk = import_users(household, ADA, ip="198.51.100.7")
    assert household.rows(notifications) == []
    (event,) = household.rows(audit_events)
    assert (event["event"], event["user_id"], event["ip_address"]) == (
        "user.imported",
        chunk.user_ids[0],
        "198.51.100.7",
    )


def test_users_of_long_ago_are_listed_among_those_of_long_ago(household: Household):
    new, old = ADA, replace(ADA, number=1, email="old@example.com", created_at=datetime(1999, 1, 1, tzinfo=UTC))
    older = replace(ADA, number=2, email="older@example.com", created_at=datetime(1970, 1, 1, tzinfo=UTC))
    ids = import_users(household, older, new, old).user_ids
    listed = household.journeys.user_accounts.page
    assert [user.id for user in listed("default", UserFilter(), before=None, size=9)] == [ids[0], ids[1], ids[2]]
    lately = UserFilter(created_from=datetime(1998, 1, 1, tzinfo=UTC), created_before=datetime(2000, 1, 1, tzinfo=UTC))
    assert [user.id for user in listed("default", lately, before=None, size=9)] == [ids[1]]


def test_whoever_is_wrong_is_refused_alone(household: Household):
    chunk = import_users(
        household,
        replace(ADA, number=0, email="ada@example.com"),
        replace(ADA, number=1, email="ada@nowhere"),
        replace(ADA, number=2, email="bob@example.com", email_verified=False),
        replace(ADA, number=3, email="carol@example.com", password_hash="md5$salt$0123456789abcdef0123456789abcdef"),
        replace(ADA, number=4, email="ADA@example.com"),
        replace(ADA, number=5, email="dan@example.com"),
    )
    assert refusals(chunk) == [
        (1, "email", "EMAIL_INVALID"),
        (2, "email_verified", "EMAIL_NOT_VERIFIED"),
        (3, "password_hash", "PASSWORD_HASH_REFUSED"),
        (4, "email", "EMAIL_TAKEN"),
    ]
    assert chunk.size == 6
    assert sorted(row["address_key"] for row in household.rows(users)) == ["ada@example.com", "dan@example.com"]
    assert sorted(chunk.user_ids) == [0, 4, 5]
    assert chunk.user_ids[0] == chunk.user_ids[4]


def test_a_chunk_of_which_nobody_is_right_is_answered(household: Household):
    assert refusals(import_users(household, replace(ADA, email="ada@nowhere"))) == [(0, "email", "EMAIL_INVALID")]


def test_who_is_there_already_is_named_and_not_changed(household: Household):
    ada = household.user("ada@example.com", given_name="Augusta")
    chunk = import_users(household, ADA, replace(ADA, number=1, email="bob@example.com"))
    assert refusals(chunk) == [(0, "email", "EMAIL_TAKEN")]
    assert chunk.user_ids[0] == ada.id
    assert household.journeys.user_accounts.get("default", ada.id) == ada
    again = import_users(household, ADA, replace(ADA, number=1, email="bob@example.com"))
    assert again.user_ids == chunk.user_ids
    assert len(household.rows(users)) == 2


def test_each_tenant_has_users_of_its_own(household: Household):
    household.add_tenant("other")
    first, second = import_users(household, ADA), import_users(household, ADA, tenant="other")
    assert (first.refusals, second.refusals) == ([], [])
    assert first.user_ids[0] != second.user_ids[0]


def test_two_imports_of_the_same_people_at_once_make_each_once(household: Household):
    rows = [replace(ADA, number=number, email=f"{number}@example.com") for number in range(50)]
    chunks = all_at_once([lambda: import_users(household, *rows), lambda: import_users(household, *rows[::-1])])
    assert all(isinstance(chunk, ImportedChunk) for chunk in chunks), chunks
    assert len(household.rows(users)) == 50
    assert sum(len(chunk.refusals) for chunk in chunks) == 50  # type: ignore[union-attr]
    assert chunks[0].user_ids == chunks[1].user_ids  # type: ignore[union-attr]


def test_texts_arrive_as_they_were_sent(household: Household):
    strange = ['O\'Neil "Jr."', "a\\b", "{a,b}", "NULL", "عائشة", "", " x ", "(1,2)"]
    rows = [replace(ADA, number=n, email=f"{n}@example.com", given_name=name) for n, name in enumerate(strange)]
    import_users(household, *rows)
    names = {row["address_key"]: row["given_name"] for row in household.rows(users)}
    assert [names[f"{number}@example.com"] for number in range(len(strange))] == strange


def test_a_registration_at_an_imported_address_can_no_longer_be_proved(household: Household):
    registered = household.register("ada@example.com")
    import_users(household, ADA)
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), household.letter(registered.notification_id).link)


def pbkdf2() -> str:
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"aSaltOf22Characters", 1000)
    return f"pbkdf2_sha256$1000$aSaltOf22Characters${base64.b64encode(digest).decode()}"


def django_scrypt() -> str:
    digest = hashlib.scrypt(PASSWORD.encode(), salt=b"saltsalt", n=1024, r=8, p=1, dklen=64)
    return f"scrypt$1024$saltsalt$8$1${base64.b64encode(digest).decode()}"


HASHES = {
    "pbkdf2": pbkdf2,
    "scrypt": django_scrypt,
    "bcrypt": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "argon2": lambda: argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD),
    "django argon2": lambda: "argon2" + argon2.PasswordHasher(1, 64, 1).hash(PASSWORD),
}


@pytest.mark.parametrize("scheme", HASHES)
def test_an_imported_user_signs_in_with_the_password_of_there(household: Household, scheme: str):
    assert import_users(household, replace(ADA, password_hash=HASHES[scheme]())).refusals == []
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(), "ada@example.com", "not the password of Ada")
    for _ in range(2):
        assert household.journeys.sign_in(household.call(), "ada@example.com", PASSWORD).user.given_name == "Ada"


def test_nobody_signs_in_without_a_password(household: Household):
    import_users(household, ADA)
    for password in (PASSWORD, " "):
        with pytest.raises(CredentialsRejected):
            household.journeys.sign_in(household.call(), "ada@example.com", password)
