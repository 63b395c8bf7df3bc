"""Mails that could not be sent while what they carry was of use, and what takes their place."""

from datetime import timedelta
from uuid import UUID

import pytest

from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.users import UserProfile
from identity_service.storage.rows import Notification
from identity_service.storage.tables import audit_events, challenges, notifications, registrations, users
from tests.services.at_once import all_at_once, before_transaction
from tests.services.household import PASSWORD, Household

ADA, BOB, NOBODY = "ada@example.com", "bob@example.com", "nobody@example.com"
A_DAY = {"hours": 24, "seconds": 1}


def replacement_of(household: Household, notification_id: UUID) -> Notification:
    old = household.notification(notification_id)
    assert old.state == "expired"
    assert old.replaced_by is not None
    return household.notification(old.replaced_by)


def test_a_verification_that_waited_a_day_is_replaced_and_proves_the_same_registration(household: Household):
    registered = household.register(ADA, given_name="Ada")
    household.clock.turn(**A_DAY)
    household.post()

    fresh = replacement_of(household, registered.notification_id)
    (letter,) = household.letters()
    assert letter.notification_id == fresh.id
    assert "Ada" in letter.text
    assert household.journeys.verify_email(household.call(), letter.link).user.id == registered.user_id


def test_the_replacement_can_be_used_as_long_as_any(household: Household):
    registered = household.register(ADA)
    household.clock.turn(**A_DAY)
    household.post()
    fresh = replacement_of(household, registered.notification_id)
    household.clock.turn(hours=23, minutes=59)

    user = household.journeys.verify_email(household.call(), household.letter(fresh.id).link).user
    assert user.id == registered.user_id


def test_the_trail_tells_of_the_replacement(household: Household):
    registered = household.register(ADA)
    household.clock.turn(**A_DAY)
    household.post()

    (event,) = [row for row in household.rows(audit_events) if row["event"] == "mail.replaced"]
    assert (event["actor"], event["subject_id"]) == ("worker", registered.notification_id)


def test_workers_that_come_at_once_make_one_replacement(household: Household):
    registered = household.register(ADA)
    household.handed_off()
    household.clock.turn(**A_DAY)
    deliver = household.mailroom.delivery.deliver
    all_at_once([lambda: deliver("default", registered.notification_id)] * 4)

    assert len(household.rows(notifications)) == 2


def test_a_worker_that_was_overtaken_makes_no_second_replacement(household: Household):
    registered = household.register(ADA)
    household.handed_off()
    household.clock.turn(**A_DAY)

    def overtake() -> None:
        household.clock.turn(seconds=61)  # its lease runs out
        household.relay()

    with before_transaction(household.core.database, overtake):
        household.mailroom.delivery.deliver("default", registered.notification_id)

    assert household.outcomes(registered.notification_id) == ["lost", "expired"]
    assert len(household.rows(notifications)) == 2


def test_a_mail_is_replaced_three_times_in_a_row_and_then_no_more(household: Household):
    household.register(ADA)
    for _ in range(6):
        household.clock.turn(**A_DAY)
        for tenant_id, notification_id in household.handed_off():
            household.mailroom.delivery.deliver(tenant_id, notification_id)

    mails = household.rows(notifications)
    assert [mail["predecessors"] for mail in mails] == [0, 1, 2, 3]
    assert {mail["state"] for mail in mails} == {"expired"}
    assert [mail["replaced_by"] for mail in mails] == [*(mail["id"] for mail in mails[1:]), None]


def test_of_a_mail_and_the_one_sent_again_only_the_last_is_replaced(household: Household):
    registered = household.register(ADA)
    resent = household.journeys.resend_verification.to_address(household.call(), ADA)
    household.clock.turn(**A_DAY)
    household.post()

    assert household.notification(registered.notification_id).replaced_by is None
    assert replacement_of(household, resent.notification_id).state == "sent"
    assert len(household.letters()) == 1


def test_a_registration_whose_address_has_a_user_by_now_gets_no_other_mail(household: Household):
    late = household.register(ADA)
    household.handed_off()
    household.user(ADA)
    household.clock.turn(**A_DAY)
    household.mailroom.delivery.deliver("default", late.notification_id)

    assert household.notification(late.notification_id).replaced_by is None


def test_a_registration_that_is_gone_gets_no_other_mail(household: Household):
    registered = household.register(ADA)
    with household.core.database.connect() as connection:
        connection.execute(registrations.delete())
    household.clock.turn(**A_DAY)
    household.post()

    mail = household.notification(registered.notification_id)
    assert (mail.state, mail.replaced_by) == ("expired", None)


def test_a_decoy_is_replaced_by_a_decoy(household: Household):
    """Or whoever asks for the state of the mail could tell that nobody is registered."""
    resent = household.journeys.resend_verification.to_address(household.call(), NOBODY)
    household.clock.turn(**A_DAY)
    household.post()

    assert replacement_of(household, resent.notification_id).decoy
    assert household.letters() == []


def test_neither_a_code_nor_a_reset_is_replaced(household: Household):
    household.user(ADA)
    code = household.journeys.request_code(household.call(), ADA)
    household.clock.turn(minutes=11)
    household.post()

    mail = household.notification(code.notification_id)
    assert (mail.state, mail.replaced_by) == ("expired", None)


@pytest.mark.parametrize(("seconds_left", "state"), [(31, "sent"), (29, "expired")])
def test_a_code_is_sent_only_while_there_is_time_to_type_it(household: Household, seconds_left: int, state: str):
    household.user(ADA)
    code = household.journeys.request_code(household.call(), ADA)
    household.clock.stand_at(code.expires_at - timedelta(seconds=seconds_left))
    household.post()

    assert household.notification(code.notification_id).state == state


@pytest.mark.parametrize(("minutes_left", "is_sent"), [(6, True), (4, False)])
def test_a_link_is_sent_only_while_there_is_time_to_open_it(household: Household, minutes_left: int, is_sent: bool):
    registered = household.register(ADA)
    expires_at = household.notification(registered.notification_id).expires_at
    assert expires_at is not None
    household.clock.stand_at(expires_at - timedelta(minutes=minutes_left))
    household.post()

    mail = household.notification(registered.notification_id)
    assert (mail.state == "sent", mail.replaced_by is None) == (is_sent, is_sent)


def test_the_proof_that_was_never_sent_and_the_fresh_one_are_different(household: Household):
    household.register(ADA)
    household.clock.turn(**A_DAY)
    household.post()

    old, fresh = household.rows(challenges)
    assert old["id"] != fresh["id"]
    assert old["subject_id"] == fresh["subject_id"]


# Changes of an address


def asked_for(household: Household, user: UserProfile, address: str) -> UUID:
    command = EmailChangeCommand(user.id, PASSWORD, address)
    return household.journeys.start_email_change(household.call(), command).notification_id


def test_a_change_of_address_that_waited_a_day_is_replaced_and_can_be_confirmed(household: Household):
    user = household.user(ADA)
    asked = asked_for(household, user, "countess@example.org")
    household.clock.turn(**A_DAY)
    household.post()

    proof = household.letter(replacement_of(household, asked).id).link
    moved = household.journeys.confirm_email_change(household.call(), proof).user
    assert (moved.id, moved.email) == (user.id, "countess@example.org")


def test_of_two_changes_that_a_user_asked_for_only_the_later_is_replaced(household: Household):
    user = household.user(ADA)
    first, second = asked_for(household, user, "one@example.org"), asked_for(household, user, "two@example.org")
    household.clock.turn(**A_DAY)
    household.post()

    assert household.notification(first).replaced_by is None
    assert replacement_of(household, second).recipient == "two@example.org"


def test_a_change_asked_for_before_the_password_was_changed_is_not_replaced(household: Household):
    user = household.user(ADA)
    asked = asked_for(household, user, "countess@example.org")
    with household.core.database.connect() as connection:
        connection.execute(users.update().values(password_changed_at=household.clock()))
    household.clock.turn(**A_DAY)
    household.post()

    assert household.notification(asked).replaced_by is None


def test_a_change_to_an_address_that_somebody_has_by_now_is_not_replaced(household: Household):
    user = household.user(ADA)
    asked = asked_for(household, user, "countess@example.org")
    household.handed_off()
    household.user("countess@example.org")
    household.clock.turn(**A_DAY)
    household.mailroom.delivery.deliver("default", asked)

    assert household.notification(asked).replaced_by is None


def test_a_change_of_somebody_who_was_suspended_is_not_replaced(household: Household):
    user = household.user(ADA)
    asked = asked_for(household, user, "countess@example.org")
    household.suspend(user.id)
    household.clock.turn(**A_DAY)
    household.post()

    assert household.notification(asked).replaced_by is None


# Invitations


def invited(household: Household, inviter: UserProfile, address: str = BOB) -> UUID:
    return household.journeys.invite(household.call(), InviteCommand(inviter.id, address, "Artist")).notification_id


def test_an_invitation_that_waited_a_week_is_replaced_and_can_be_accepted(household: Household):
    asked = invited(household, household.user(ADA))
    household.clock.turn(days=7, seconds=1)
    household.post()

    token = household.letter(replacement_of(household, asked).id).token
    accepted = household.journeys.accept_invitation(household.call(), AcceptCommand(token, PASSWORD))
    assert accepted.user.email == BOB


def test_an_invitation_by_somebody_who_was_suspended_is_not_replaced(household: Household):
    inviter = household.user(ADA)
    asked = invited(household, inviter)
    household.suspend(inviter.id)
    household.clock.turn(days=7, seconds=1)
    household.post()

    assert household.notification(asked).replaced_by is None


def test_an_invitation_of_somebody_who_registered_meanwhile_is_not_replaced(household: Household):
    asked = invited(household, household.user(ADA))
    household.handed_off()
    household.user(BOB)
    household.clock.turn(days=7, seconds=1)
    household.mailroom.delivery.deliver("default", asked)

    assert household.notification(asked).replaced_by is None
