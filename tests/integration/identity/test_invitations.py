"""Inviting somebody, and accepting: whose word the mail carries, who may use it, and once."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from identity_service.errors import LimitExceeded
from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import ChallengeProofs, LinkToken
from identity_service.identity.errors import (
    CredentialsRejected,
    EmailTaken,
    PasswordConfirmationMismatch,
    ProofRejected,
    UserNotFound,
    UserSuspended,
)
from identity_service.identity.invite import InviteCommand, Invited
from identity_service.identity.passwords import PasswordRefused
from identity_service.identity.users import ProvedUser, UserProfile
from identity_service.ids import new_id
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import audit_events, challenges, invitations, metadata, notifications, users
from tests.services.at_once import all_at_once, before_transaction
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted

ADA, EVE, BOB = "ada@example.com", "eve@example.com", "bob.invited@example.org"
CHOSEN = "walnut-comet-drizzle-7"


def invite(household: Household, inviter: UserProfile, email: str = BOB, locale: str = "") -> Invited:
    return household.journeys.invite(household.call(), InviteCommand(inviter.id, email, "Artist", locale))


def token_of(household: Household, invited: Invited) -> str:
    return household.letter(invited.notification_id).token


def accept(household: Household, token: str, tenant: str = "default", **given: str) -> ProvedUser:
    given = {"password": CHOSEN, "given_name": "Bob"} | given
    return household.journeys.accept_invitation(household.call(tenant=tenant), AcceptCommand(token, **given))


def token_never_mailed(household: Household) -> str:
    """The token of the newest invitation's challenge, as whoever has the keys could make it."""
    rows = [Challenge(**row) for row in household.rows(challenges)]
    newest = max((row for row in rows if row.purpose == Purpose.INVITATION), key=lambda row: row.id)
    return ChallengeProofs(household.core.key_ring).link_token(newest)


@pytest.fixture
def ada(household: Household) -> UserProfile:
    return household.user(ADA, given_name="Ada", family_name="Lovelace")


def test_who_accepts_is_a_verified_user_of_the_type_invited_for(household: Household, ada: UserProfile):
    invited = invite(household, ada)
    letter = household.letter(invited.notification_id)
    assert letter.to == BOB
    assert "Ada Lovelace" in letter.text
    accepted = accept(household, letter.token)
    assert accepted.user.id == invited.invitation_id
    assert (accepted.user.email, accepted.user.user_type, accepted.user.given_name) == (BOB, "Artist", "Bob")
    assert accepted.user.email_verified_at is not None
    assert household.journeys.sign_in(household.call(), BOB, CHOSEN).user.id == accepted.user.id
    assert household.letter(accepted.notification_id).to == BOB


def test_the_invited_person_is_written_to_in_the_language_asked_for(household: Household, ada: UserProfile):
    invited = invite(household, ada, locale="ar")
    assert household.notification(invited.notification_id).locale == "ar"
    assert accept(household, token_of(household, invited)).user.locale == "ar"


def test_nobody_is_a_user_before_accepting(household: Household, ada: UserProfile):
    invite(household, ada)
    household.post()
    assert [row["email"] for row in household.rows(users)] == [ADA]


def test_a_token_works_once(household: Household, ada: UserProfile):
    token = token_of(household, invite(household, ada))
    accept(household, token)
    with pytest.raises(ProofRejected):
        accept(household, token, password="another-quilt-ember-9")
    assert household.journeys.sign_in(household.call(), BOB, CHOSEN)


def test_accepted_by_many_at_once_it_makes_one_user(household: Household, ada: UserProfile):
    token = token_of(household, invite(household, ada))
    ended = all_at_once([lambda: accept(household, token)] * 4)
    assert sorted(type(one).__name__ for one in ended) == ["ProofRejected"] * 3 + ["ProvedUser"]
    assert len(household.rows(users)) == 2


def test_a_refused_password_leaves_the_invitation_as_good_as_it_was(household: Household, ada: UserProfile):
    token = token_of(household, invite(household, ada))
    for password in ("short", "password1234", "bob.invited@example.org"):
        with pytest.raises(PasswordRefused):
            accept(household, token, password=password)
    with pytest.raises(PasswordConfirmationMismatch):
        accept(household, token, password_confirmation="something-else-4")
    assert accept(household, token, password_confirmation=CHOSEN)


def test_of_several_invitations_one_is_accepted_and_the_others_are_void(household: Household, ada: UserProfile):
    eve = household.user(EVE)
    tokens = [token_of(household, invite(household, inviter)) for inviter in (ada, eve)]
    accept(household, tokens[1])
    with pytest.raises(ProofRejected):
        accept(household, tokens[0])


def test_a_taken_address_is_answered_alike_and_not_mailed(household: Household, ada: UserProfile):
    household.user(EVE)
    household.post()
    household.clock.stand()
    mails = len(household.letters(EVE))
    free, taken = invite(household, ada), invite(household, ada, EVE)
    household.post()
    assert free.expires_at == taken.expires_at
    assert household.notification(taken.notification_id).state == "sent"
    assert len(household.letters(EVE)) == mails
    with pytest.raises(ProofRejected):
        accept(household, token_never_mailed(household))


def test_free_and_taken_addresses_run_the_same_statements(household: Household, ada: UserProfile):
    household.user(EVE)
    household.core.tenants.get("default")
    with counted(household.core.database) as free:
        invite(household, ada)
    with counted(household.core.database) as taken:
        invite(household, ada, EVE)
    assert free.texts == taken.texts


def test_a_taken_address_is_named_where_the_tenant_hides_none(database_url: str, tmp_path: Path):
    with Household(database_url, tmp_path, IDENTITY_HIDE_TAKEN_ADDRESSES="false") as household:
        user = household.user(ADA)
        with pytest.raises(EmailTaken):
            invite(household, user, ADA)


def test_who_was_invited_and_registered_instead_is_refused(household: Household, ada: UserProfile):
    token = token_of(household, invite(household, ada))
    own = household.user(BOB)
    with pytest.raises(ProofRejected):
        accept(household, token)
    assert household.journeys.sign_in(household.call(), BOB, PASSWORD).user.id == own.id


def test_a_user_made_at_the_very_moment_wins(household: Household, ada: UserProfile):
    token = token_of(household, invite(household, ada))
    link = household.letter(household.register(BOB).notification_id).link
    verify = lambda: household.journeys.verify_email(household.call(), link)  # noqa: E731
    with before_transaction(household.core.database, verify), pytest.raises(ProofRejected):
        accept(household, token)


def test_an_attempt_registered_before_by_somebody_else_is_void_afterwards(household: Household, ada: UserProfile):
    """Its password is not the invited person's."""
    attackers = household.letter(household.register(BOB).notification_id).link
    accept(household, token_of(household, invite(household, ada)))
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), attackers)
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(), BOB, PASSWORD)


def test_an_invitation_gives_its_inviter_no_hold_on_who_registers(household: Household, ada: UserProfile):
    """Pre-hijack by invitation: it stays in the mailbox, and proves nothing once the address has a user."""
    token = token_of(household, invite(household, ada))
    victim = household.user(BOB)
    with pytest.raises(ProofRejected):
        accept(household, token, password="attackers-own-quilt-77")
    assert [row["password_hash"] for row in household.rows(users) if row["id"] == victim.id]
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(), BOB, "attackers-own-quilt-77")


@pytest.mark.parametrize("gone", ["suspended", "deleted"])
def test_an_invitation_whose_inviter_is_gone_is_refused(household: Household, ada: UserProfile, gone: str):
    token = token_of(household, invite(household, ada))
    if gone == "suspended":
        household.suspend(ada.id)
    else:
        household.journeys.delete_account(household.call(), ada.id, PASSWORD)
    with pytest.raises(ProofRejected):
        accept(household, token)


def test_who_is_unknown_suspended_or_elsewhere_invites_nobody(household: Household, ada: UserProfile):
    household.add_tenant("other")
    with pytest.raises(UserNotFound):
        household.journeys.invite(household.call(), InviteCommand(new_id(), BOB, "Artist"))
    with pytest.raises(UserNotFound):
        household.journeys.invite(household.call(tenant="other"), InviteCommand(ada.id, BOB, "Artist"))
    household.suspend(ada.id)
    with pytest.raises(UserSuspended):
        invite(household, ada)
    assert household.rows(invitations) == []


def test_an_invitation_lives_seven_days_to_the_microsecond(household: Household, ada: UserProfile):
    now = household.clock.stand()
    invited = invite(household, ada)
    assert invited.expires_at == now + timedelta(days=7)
    token = token_of(household, invited)
    household.clock.stand_at(invited.expires_at)
    with pytest.raises(ProofRejected):
        accept(household, token)
    household.clock.turn(microseconds=-1)
    assert accept(household, token)


def test_a_token_of_another_tenant_or_purpose_is_refused(household: Household, ada: UserProfile):
    household.add_tenant("other")
    token = token_of(household, invite(household, ada))
    with pytest.raises(ProofRejected):
        accept(household, token, tenant="other")
    verification = household.letter(household.register("new@example.com").notification_id).token
    with pytest.raises(ProofRejected):
        accept(household, verification)
    with pytest.raises(ProofRejected):
        household.journeys.verify_email(household.call(), LinkToken(token))
    assert accept(household, token)


LINK, HEADER, REVERSED = "Win at evil.example/x", "Ada\r\nBcc: all@x.org", "\u202egro.live"


@pytest.mark.parametrize("name", [LINK, HEADER, REVERSED], ids=["link", "header", "bidi"])
def test_the_inviters_name_is_no_way_to_put_words_into_the_mail(household: Household, name: str):
    inviter = household.user(EVE, given_name=name, family_name="x")
    invited = invite(household, inviter)
    letter = household.letter(invited.notification_id)
    for words in ("evil", "Bcc:", "gro.live", "all@"):
        assert words not in letter.text
        assert words not in letter.subject


def test_the_mail_says_nothing_of_the_type_or_the_inviters_address(household: Household, ada: UserProfile):
    text = household.letter(invite(household, ada).notification_id).text
    assert ADA not in text
    assert "Artist" not in text


def test_twenty_an_hour_for_an_inviter_and_five_for_an_address(database_url: str, tmp_path: Path):
    on = {"IDENTITY_RATE_LIMITS": "on", "IDENTITY_LIMIT_REGISTER": "100/1h"}
    with Household(database_url, tmp_path, **on) as household:
        inviters = [household.user(f"inviter{number}@example.com") for number in range(6)]
        for inviter in inviters[:5]:
            invite(household, inviter)
        with pytest.raises(LimitExceeded):
            invite(household, inviters[5])
        for number in range(20):
            invite(household, inviters[5], f"guest{number}@example.com")
        with pytest.raises(LimitExceeded):
            invite(household, inviters[5], "one.more@example.com")


def test_both_steps_are_audited(household: Household, ada: UserProfile):
    invited = invite(household, ada)
    accept(household, token_of(household, invited))
    found = [(row["event"], row["user_id"], row["subject_id"]) for row in household.rows(audit_events)]
    assert [entry for entry in found if "invit" in entry[0]] == [
        ("user.invited", ada.id, invited.invitation_id),
        ("invitation.accepted", invited.invitation_id, invited.invitation_id),
    ]


def traces(household: Household, *texts: str) -> list[str]:
    left = "\n".join(str(household.rows(table)) for table in metadata.sorted_tables)
    return [text for text in texts if text in left]


def test_the_inviters_name_leaves_with_the_inviter(household: Household, ada: UserProfile):
    invite(household, ada)
    waiting = invite(household, ada, "second@example.org")
    assert traces(household, "Lovelace")
    household.journeys.delete_account(household.call(), ada.id, PASSWORD)
    household.post()
    household.relay()
    assert traces(household, "Lovelace", ADA) == []
    assert household.notification(waiting.notification_id).state == "cancelled"


def test_the_invited_persons_address_leaves_with_them(household: Household, ada: UserProfile):
    call = household.call(request_id=new_id(), rpc="InviteUser")
    for _ in range(2):
        household.journeys.invite(call, InviteCommand(ada.id, BOB, "Artist"))
    [invited] = [row for row in household.rows(notifications) if row["kind"] == "invitation"]
    user = accept(household, household.letter(UUID(str(invited["id"]))).token).user
    invite(household, ada)
    household.post()
    household.journeys.delete_account(household.call(), user.id, CHOSEN)
    household.post()
    household.relay()
    assert traces(household, "bob.invited") == []
    assert [row["email"] for row in household.rows(users)] == [ADA]
