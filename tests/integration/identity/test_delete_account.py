"""Deleting an account: what it takes, what is left, and who is told."""

from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from identity_service.errors import LimitExceeded
from identity_service.identity.access_tokens import AccessTokenInvalid
from identity_service.identity.delete_account import AccountDeleted
from identity_service.identity.errors import (
    CredentialsRejected,
    ProofRejected,
    RefreshTokenRejected,
    UserNotFound,
)
from identity_service.identity.invite import InviteCommand
from identity_service.ids import new_id
from identity_service.notification.errors import NotificationNotRetryable
from identity_service.notification.senders.failures import PermanentFailure
from identity_service.storage.tables import (
    answered_requests,
    audit_events,
    challenges,
    metadata,
    notifications,
    sessions,
    users,
)
from tests.services.at_once import all_at_once, before_transaction, meanwhile
from tests.services.household import PASSWORD, Household
from tests.services.scripted_sender import ScriptedSender
from tests.services.traces import ADA, AGENT, IP, NAMES, TRACES, leave_traces

BOB = "bob@example.com"


def dump(household: Household) -> str:
    return "\n".join(str(household.rows(table)) for table in metadata.sorted_tables)


def delete(household: Household, user_id: UUID, password: str = PASSWORD) -> AccountDeleted:
    return household.journeys.delete_account(household.call(ip=IP, agent=AGENT), user_id, password)


def test_nothing_in_the_database_leads_to_who_was_deleted(household: Household):
    user = leave_traces(household)
    assert all(trace in dump(household) for trace in TRACES)
    delete(household, user.id)
    household.post()
    household.relay()
    left = dump(household)
    assert [trace for trace in TRACES if trace in left] == []


def test_no_byte_of_the_sqlite_files_leads_to_who_was_deleted(sqlite_url: str, tmp_path: Path):
    """Nor what erased rows have left in a page, or in the log."""
    with Household(sqlite_url, tmp_path) as household:
        user = leave_traces(household)
        delete(household, user.id)
        household.post()
        household.relay()
        database = Path(str(household.core.database.url.database))
        files = [file.read_bytes() for file in database.parent.glob(f"{database.name}*")]
        assert [trace for trace in TRACES if any(trace.encode() in file for file in files)] == []


def test_no_row_of_postgresql_leads_to_who_was_deleted(postgres_url: str, tmp_path: Path):
    """As PostgreSQL itself writes its rows down."""
    with Household(postgres_url, tmp_path) as household:
        user = leave_traces(household)
        delete(household, user.id)
        household.post()
        household.relay()
        with psycopg.connect(postgres_url) as connection:
            rows = [row[0] for table in metadata.tables for row in connection.execute(f"SELECT t::text FROM {table} t")]
        assert len(rows) > 20
        assert [trace for trace in TRACES if trace in "\n".join(rows)] == []


def test_the_last_mail_goes_to_the_address_as_it_was(household: Household):
    user = household.user(ADA, **NAMES)
    deleted = delete(household, user.id)
    letter = household.letter(deleted.notification_id)
    assert letter.to == ADA
    assert "Augusta" in letter.text


@pytest.mark.parametrize("fails", [False, True], ids=["sent", "dead"])
def test_the_last_mails_recipient_is_erased_however_it_ends(household: Household, fails: bool):
    user = household.user(ADA, **NAMES)
    household.post()
    deleted = delete(household, user.id)
    if fails:
        household.send_through(ScriptedSender([PermanentFailure(f"550 <{ADA}>: no such user")]))
    household.post()
    household.relay()
    row = household.notification(deleted.notification_id)
    assert (row.state, row.recipient, row.recipient_key, row.context) == ("dead" if fails else "sent", "", "", {})
    assert "ada.lovelace" not in dump(household)
    with pytest.raises(NotificationNotRetryable):
        household.journeys.notifications.retry(household.call(), deleted.notification_id)


def test_the_last_mail_keeps_its_recipient_while_it_is_tried(household: Household):
    user = household.user(ADA)
    household.post()
    deleted = delete(household, user.id)
    household.handed_off()
    household.relay()
    assert household.notification(deleted.notification_id).recipient == ADA


def test_mails_that_wait_are_never_sent(household: Household):
    user = household.user(ADA)
    household.post()
    before = len(household.letters(ADA))
    household.journeys.request_code(household.call(), ADA)
    deleted = delete(household, user.id)
    household.post()
    assert [letter.notification_id for letter in household.letters(ADA)[before:]] == [deleted.notification_id]


def test_what_comes_of_a_mail_that_is_being_sent_meanwhile_is_not_recorded(household: Household):
    """The server's words would quote the address."""
    user = household.user(ADA)
    household.post()
    waiting = household.journeys.request_code(household.call(), ADA)

    def delete_and_refuse(_mail: object) -> None:
        delete(household, user.id)
        raise PermanentFailure(f"550 <{ADA}>: no such user")

    household.send_through(ScriptedSender([delete_and_refuse]))
    [(tenant, notification_id), *_] = household.handed_off()
    household.mailroom.delivery.deliver(tenant, notification_id)
    assert notification_id == waiting.notification_id
    row = household.notification(waiting.notification_id)
    assert (row.state, row.recipient, row.last_error) == ("cancelled", "", None)
    assert household.outcomes(waiting.notification_id) == []


def test_a_call_that_was_under_way_leaves_nothing_behind(postgres_url: str, tmp_path: Path):
    """It found the user still, and wrote its rows when the others were erased already."""
    with Household(postgres_url, tmp_path) as household:
        user = household.user(ADA)

        def late() -> None:
            household.journeys.request_code(household.call(), ADA)
            household.journeys.invite(household.call(), InviteCommand(user.id, BOB, "Artist"))

        with meanwhile(household.core.database, "UPDATE audit_events", late):
            delete(household, user.id)
        assert "ada.lovelace" in dump(household)
        household.post()
        household.relay()
        assert "ada.lovelace" not in dump(household)


def test_who_registers_anew_before_the_last_mail_is_sent_keeps_everything(household: Household):
    user = household.user(ADA)
    deleted = delete(household, user.id)
    household.handed_off()
    second = household.user(ADA)
    code = household.code(ADA)
    household.mailroom.delivery.deliver("default", deleted.notification_id)
    household.relay()
    assert household.notification(deleted.notification_id).recipient == ""
    assert household.journeys.verify_code(household.call(), ADA, code).user.id == second.id


def test_sessions_end(household: Household):
    user = household.user(ADA)
    tokens = household.sign_in(ADA).tokens
    delete(household, user.id)
    with pytest.raises(AccessTokenInvalid):
        household.journeys.verify_access_token("default", tokens.access_token)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)
    assert household.rows(sessions) == []


def test_a_code_from_before_signs_nobody_in(household: Household):
    user = household.user(ADA)
    code = household.code(ADA)
    delete(household, user.id)
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), ADA, code)


def test_the_address_can_be_registered_again(household: Household):
    first = household.user(ADA)
    delete(household, first.id)
    assert household.user(ADA).id != first.id


def test_other_people_keep_everything(household: Household):
    bob = household.user(BOB, given_name="Bob")
    household.sign_in(BOB)
    ada = leave_traces(household)
    before = [row for row in household.rows(notifications) if row["recipient"] == BOB]
    delete(household, ada.id)
    assert [row for row in household.rows(notifications) if row["recipient"] == BOB] == before
    assert [row["user_id"] for row in household.rows(sessions)] == [bob.id]
    assert {row["address_key"] for row in household.rows(challenges)} == {BOB}
    assert household.journeys.sign_in(household.call(), BOB, PASSWORD).user.given_name == "Bob"


def test_the_same_address_in_another_tenant_stays(household: Household):
    household.add_tenant("other")
    there = household.call(tenant="other")
    user = household.user(ADA)
    household.register(ADA, there)
    household.post()
    count = len([row for row in household.rows(notifications) if row["tenant_id"] == "other"])
    delete(household, user.id)
    kept = [row for row in household.rows(notifications) if row["tenant_id"] == "other"]
    assert [row["recipient"] for row in kept] == [ADA] * count


def test_the_audit_trail_is_kept_and_anonymous(household: Household):
    user = leave_traces(household)
    events = len(household.rows(audit_events))
    delete(household, user.id)
    left = household.rows(audit_events)
    assert len(left) == events + 1
    assert left[-1]["event"] == "user.deleted"
    assert {(row["ip_address"], row["user_agent"]) for row in left if row["user_id"] == user.id} == {(None, None)}


@pytest.mark.parametrize("who", ["wrong password", "suspended", "unknown", "no password", "other tenant"])
def test_who_may_not_is_refused_alike(household: Household, who: str):
    household.add_tenant("other")
    user = household.user(ADA)
    call, user_id, password = household.call(), user.id, PASSWORD
    if who == "wrong password":
        password = "wrong-quilt-ember-42"
    elif who == "suspended":
        household.suspend(user.id)
    elif who == "unknown":
        user_id = new_id()
    elif who == "no password":
        household.forget_password(user.id)
    else:
        call = household.call(tenant="other")
    with pytest.raises(CredentialsRejected):
        household.journeys.delete_account(call, user_id, password)
    assert len(household.rows(users)) == 1
    assert household.rows(audit_events)[-1]["event"] == "user.deleted"
    assert household.rows(audit_events)[-1]["outcome"] == "refused"


def test_wrong_passwords_are_limited_by_user_and_network(database_url: str, tmp_path: Path):
    limits = {"IDENTITY_RATE_LIMITS": "on", "IDENTITY_LIMIT_PASSWORD_CHECK": "2/15m"}
    with Household(database_url, tmp_path, **limits) as household:
        user = household.user(ADA)
        for _ in range(2):
            with pytest.raises(CredentialsRejected):
                delete(household, user.id, "wrong-quilt-ember-42")
        with pytest.raises(LimitExceeded):
            delete(household, user.id)
        assert household.journeys.delete_account(household.call(ip="198.51.100.9"), user.id, PASSWORD)


def test_a_repeated_call_gets_its_answer_though_the_user_is_gone(household: Household):
    user = household.user(ADA)
    call = household.call(request_id=new_id(), rpc="DeleteAccount")
    first = household.journeys.delete_account(call, user.id, PASSWORD)
    assert household.journeys.delete_account(call, user.id, PASSWORD) == first
    with pytest.raises(CredentialsRejected):
        delete(household, user.id)


def test_a_repeat_that_overtakes_the_first_call_gets_its_answer(household: Household):
    user = household.user(ADA)
    call, answers = household.call(request_id=new_id(), rpc="DeleteAccount"), []

    def act() -> None:
        answers.append(household.journeys.delete_account(call, user.id, PASSWORD))

    with meanwhile(household.core.database, "FROM users", act):
        act()
    assert answers[0] == answers[1]


def test_deletions_at_once_delete_once(household: Household):
    user = household.user(ADA)
    household.post()
    ended = all_at_once([lambda: delete(household, user.id)] * 3)
    assert sorted(type(one).__name__ for one in ended) == ["AccountDeleted", *["CredentialsRejected"] * 2]
    assert len([row for row in household.rows(notifications) if row["kind"] == "account_deleted"]) == 1


def test_a_deletion_between_the_check_and_the_deletion_is_refused_like_a_wrong_password(household: Household):
    user = household.user(ADA)
    other = lambda: household.journeys.delete_account.by_operator(household.call(), user.id)  # noqa: E731
    with before_transaction(household.core.database, other), pytest.raises(CredentialsRejected):
        delete(household, user.id)


def test_answers_that_held_personal_data_are_not_given_again(household: Household):
    user = leave_traces(household)
    delete(household, user.id)
    answers = {row["rpc"]: row["answer"] for row in household.rows(answered_requests)}
    assert answers["VerifyEmail"] is None
    assert answers["RegisterUser"] is not None


def test_an_operator_deletes_whoever_there_is(household: Household):
    user = household.user(ADA)
    household.suspend(user.id)
    deleted = household.journeys.delete_account.by_operator(household.call(), user.id)
    assert household.letter(deleted.notification_id).to == ADA
    with pytest.raises(UserNotFound):
        household.journeys.delete_account.by_operator(household.call(), user.id)


def test_an_operator_of_another_tenant_deletes_nobody(household: Household):
    household.add_tenant("other")
    user = household.user(ADA)
    with pytest.raises(UserNotFound):
        household.journeys.delete_account.by_operator(household.call(tenant="other"), user.id)
    assert len(household.rows(users)) == 1
