"""What a person is told that is kept about them: all of it, but for secrets, and nothing about others."""

from datetime import datetime
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from identity.v1 import user_service_pb2 as pb
from sqlalchemy import insert

from identity_service.identity.errors import UserNotFound
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from identity_service.storage.queries import personal_data
from identity_service.storage.tables import audit_events, messages, metadata, sessions
from tests.rpc.fakes import reason_of
from tests.services.household import Household
from tests.services.many_notifications import fill
from tests.services.plans import plans_of
from tests.services.served import served
from tests.services.traces import ADA, NAMES, leave_traces

BOB = "bob@example.com"
ABOUT_OTHER_ROWS = {"challenge_budgets", "delivery_attempts", "messages", "answered_requests"}


@pytest.fixture
def ada(household: Household) -> UserProfile:
    """Ada, who has lived through many journeys, and Bob, who has nothing to do with her."""
    household.user(BOB)
    household.sign_in(BOB)
    ada = leave_traces(household)
    household.post()
    return ada


def exported(household: Household, ada: UserProfile) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for record in household.journeys.export_user.of_user(household.call(), ada.id):
        found.setdefault(record.source, []).append(record.columns)
    return found


@pytest.mark.parametrize("table", sorted(set(personal_data.SOURCES) - ABOUT_OTHER_ROWS))
def test_every_row_that_names_a_person_is_told(household: Household, ada: UserProfile, table: str):
    told = exported(household, ada).get(table, [])
    rows = household.rows(metadata.tables[table])
    mine = [row for row in rows if str(ada.id) in str(row) or ADA in str(row)]
    kept = [{name: value for name, value in row.items() if name not in personal_data.WITHHELD} for row in mine]
    assert sorted(map(str, told)) == sorted(map(str, kept))


def test_what_only_belongs_to_a_persons_rows_is_told_too(household: Household, ada: UserProfile):
    told = exported(household, ada)
    mails = {row["id"] for row in told["notifications"]}
    assert {row["notification_id"] for row in told["delivery_attempts"]} <= mails
    assert len(told["delivery_attempts"]) >= 3
    assert {row["purpose"] for row in told["challenge_budgets"]} == {"sign_in"}
    assert "VerifyEmail" in {row["rpc"] for row in told["answered_requests"]}


def test_the_text_of_a_notice_to_many_is_told_to_each(household: Household, ada: UserProfile):
    now, first, second = household.clock(), new_id(), new_id()
    with household.core.database.begin() as transaction:
        transaction.connection.execute(insert(messages), [message(first, now), message(second, now)])
    fill(household.core.database, 1, now=now, user_id=ada.id, message_id=first)
    fill(household.core.database, 1, now=now, user_id=new_id(), recipient_key=BOB, message_id=second)
    assert [(row["id"], row["subject"]) for row in exported(household, ada)["messages"]] == [(first, "News")]


def message(message_id: UUID, now: datetime) -> dict[str, Any]:
    counters = dict.fromkeys(("wake", "revision", "sent", "dead", "suppressed", "cancelled"), 0)
    texts = {"kind": "notification", "category": "update", "queue": "low", "subject": "News", "body": "Hello"}
    return {"tenant_id": "default", "id": message_id, "data": {}, "created_at": now, **counters, **texts}


def test_nobody_else_is_told_of(household: Household, ada: UserProfile):
    assert "bob" not in str(exported(household, ada))


def test_no_secret_is_told(household: Household, ada: UserProfile):
    household.sign_in(ADA)
    told = str(exported(household, ada))
    (row,) = (row for row in household.rows(metadata.tables["users"]) if row["id"] == ada.id)
    assert row["password_hash"] not in told
    assert "argon2" not in told
    for session in household.rows(sessions):
        assert str(session["refresh_fingerprint"]) not in told


def test_an_export_is_recorded_and_tells_of_itself(household: Household, ada: UserProfile):
    first = household.journeys.export_user.of_user(household.call(ip="198.51.100.9"), ada.id)
    told = [record.columns for record in first if record.source == "audit_events"]
    assert [(event["user_id"], event["ip_address"]) for event in told if event["event"] == "user.exported"] == [
        (ada.id, "198.51.100.9")
    ]


def test_an_address_without_an_account_can_be_exported(household: Household, ada: UserProfile):
    household.register("carol@example.com", given_name="Carol")
    household.journeys.request_code(household.call(), "carol@example.com")
    records = list(household.journeys.export_user.of_address(household.call(), "CAROL@example.com"))
    assert {record.source for record in records} == {"registrations", "challenges", "notifications"}
    assert ADA not in str(records)
    by_address = list(household.journeys.export_user.of_address(household.call(), ADA.upper()))
    assert {record.source for record in by_address} >= {"users", "sessions"}


def test_more_than_one_read_is_told_without_gap_or_repetition(household: Household, ada: UserProfile):
    filled = fill(household.core.database, 450, now=household.clock(), user_id=ada.id)
    told = [row["id"] for row in exported(household, ada)["notifications"]]
    assert set(told) >= set(filled)
    assert len(told) == len(set(told))


def test_another_tenant_is_told_nothing(household: Household, ada: UserProfile):
    household.add_tenant("other")
    stranger = household.call(tenant="other")
    with pytest.raises(UserNotFound):
        next(household.journeys.export_user.of_user(stranger, ada.id))
    assert list(household.journeys.export_user.of_address(stranger, ADA)) == []


def test_an_export_over_the_wire_is_plain_json(household: Household, ada: UserProfile):
    with served(household) as client:
        records = list(client.users.ExportUser(pb.ExportUserRequest(user_id=str(ada.id)), timeout=20))
        with pytest.raises(grpc.RpcError) as refused:
            list(client.users.ExportUser(pb.ExportUserRequest(user_id=str(new_id())), timeout=20))
    assert reason_of(refused.value) == "USER_NOT_FOUND"
    profile = MessageToDict(records[0])
    assert profile["source"] == "users"
    assert profile["record"]["given_name"] == NAMES["given_name"]
    assert profile["record"]["id"] == str(ada.id)
    assert profile["record"]["created_at"].endswith("Z")
    assert {record.source for record in records} >= {"sessions", "challenges", "notifications", "audit_events"}
    assert len(household.rows(audit_events)) > 0


def test_an_export_reads_no_table_through(household: Household, ada: UserProfile):
    if household.core.database.dialect == "postgresql":  # which is told not to, but says where it cannot help it
        plans = plans_of(household.core.database, lambda: exported(household, ada))
        assert [plan for plan in plans if "Seq Scan" in plan] == []
