"""The life of an API key, called for over the wire: made, used, changed, rotated, revoked, expired."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from identity.v1 import api_key_pb2
from identity.v1 import api_key_service_pb2 as pb
from identity.v1.audit_service_pb2 import WatchAuditEventsRequest
from identity.v1.audit_service_pb2_grpc import AuditServiceStub
from identity.v1.session_service_pb2 import GetJsonWebKeySetRequest
from identity.v1.session_service_pb2_grpc import SessionServiceStub

from identity_service.rpc.services import all_scopes
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import api_keys, audit_events
from identity_service.tenants import key_directory
from identity_service.tenants.key_text import new_key
from identity_service.tenants.scopes import holdable
from tests.services.front import Front
from tests.services.service import reason
from tests.services.statements import counted

ADMIN = ("keys:read", "keys:write", "sessions:read")


def admitted(front: Front, key: str) -> bool:
    """Whether a call with this key gets in."""
    stub = SessionServiceStub(front.channel(key))
    called = stub.GetJsonWebKeySet.future(GetJsonWebKeySetRequest(), timeout=10)
    assert called.code() in (grpc.StatusCode.OK, grpc.StatusCode.UNAUTHENTICATED), called.details()
    return bool(called.code() is grpc.StatusCode.OK)


def create(front: Front, key: str, **given: Any) -> pb.CreateApiKeyResponse:
    request = pb.CreateApiKeyRequest(**({"name": "checkout", "scopes": ["sessions:read"]} | given))
    return front.keys(key).CreateApiKey(request, timeout=10)


def in_the_future(front: Front, **ahead: float) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(front.household.clock() + timedelta(**ahead))
    return moment


def refusal(call: Any, request: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call(request, timeout=10)
    return refused.value.code(), reason(refused.value)


def events(front: Front) -> list[tuple[str, str, str | None]]:
    return [(row["event"], row["outcome"], row["reason"]) for row in front.household.rows(audit_events)]


def test_a_key_that_was_made_lets_its_backend_in(front: Front):
    admin = front.new_key(*ADMIN)
    made = create(front, admin.text)
    assert made.api_key.state == api_key_pb2.API_KEY_STATE_ACTIVE
    assert (made.api_key.name, list(made.api_key.scopes)) == ("checkout", ["sessions:read"])
    assert made.api_key.created_by == f"test/{admin.row.id}"
    assert made.secret.endswith(made.api_key.hint)
    assert admitted(front, made.secret)


def test_every_scope_that_a_caller_holds_can_be_given_to_a_key(front: Front):
    scopes = sorted(holdable("default", all_scopes()))
    admin = front.new_key(*scopes)
    made = create(front, admin.text, scopes=scopes)
    assert list(made.api_key.scopes) == scopes
    change = pb.UpdateApiKeyRequest(
        api_key_id=made.api_key.api_key_id, scopes=scopes[1:], update_mask=FieldMask(paths=["scopes"])
    )
    assert list(front.keys(admin.text).UpdateApiKey(change, timeout=10).api_key.scopes) == scopes[1:]


def test_the_key_itself_is_stored_nowhere(front: Front):
    made = create(front, front.new_key(*ADMIN).text, request_id=str(uuid4()))
    for table in api_keys.metadata.sorted_tables:
        assert made.secret not in str(front.household.rows(table))


def test_a_repeated_creation_is_refused_because_its_answer_is_not_kept(front: Front):
    admin, request_id = front.new_key(*ADMIN).text, str(uuid4())
    create(front, admin, request_id=request_id)
    again = pb.CreateApiKeyRequest(name="checkout", scopes=["sessions:read"], request_id=request_id)
    assert refusal(front.keys(admin).CreateApiKey, again) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "REQUEST_ID_REUSED",
    )


UNKNOWN = "idsk_GLixiIVbAkMaVlHcm1bKTwteaOj7u0IHEeziE3PnSF916Iv5c"


@pytest.mark.parametrize("sent", ["", "nonsense", UNKNOWN, "idsk_" + "0" * 49])
def test_what_is_no_key_lets_nobody_in(front: Front, sent: str):
    assert not admitted(front, sent)


def test_two_keys_in_one_call_are_none(front: Front):
    key = front.new_key().text
    stub = SessionServiceStub(front.channel(key))
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetJsonWebKeySet(GetJsonWebKeySetRequest(), metadata=[("authorization", f"Bearer {key}")], timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_an_expiry_holds_to_the_moment(front: Front):
    clock = front.household.clock
    expires_at = clock.stand() + timedelta(hours=1)
    key = front.new_key(expires_at=expires_at).text
    clock.stand_at(expires_at - timedelta(microseconds=1))
    assert admitted(front, key)
    clock.stand_at(expires_at)
    assert not admitted(front, key)


def test_a_revoked_key_is_refused_at_once_here_and_in_seconds_elsewhere(front: Front):
    admin, key = front.new_key(*ADMIN).text, front.new_key()
    assert admitted(front, key.text)
    answer = front.keys(admin).RevokeApiKey(pb.RevokeApiKeyRequest(api_key_id=str(key.row.id)), timeout=10)
    assert answer.api_key.state == api_key_pb2.API_KEY_STATE_REVOKED
    assert not admitted(front, key.text)
    assert ("api_key.revoked", "succeeded", None) in events(front)


def test_a_stream_ends_with_the_key_that_it_was_opened_with(front: Front):
    key = front.new_key("audit:read")
    watched = AuditServiceStub(front.channel(key.text)).WatchAuditEvents(
        WatchAuditEventsRequest(from_beginning=True), timeout=30
    )
    next(watched)
    front.household.journeys.api_keys.revoke(front.household.call(), key.row.id)
    with pytest.raises(grpc.RpcError) as refused:
        list(watched)  # the next event is that of the revocation
    assert (refused.value.code(), reason(refused.value)) == (grpc.StatusCode.UNAUTHENTICATED, "CALLER_UNAUTHENTICATED")


def test_revoking_twice_is_the_same_as_once(front: Front):
    admin, key = front.new_key(*ADMIN).text, front.new_key()
    request = pb.RevokeApiKeyRequest(api_key_id=str(key.row.id))
    answers = [front.keys(admin).RevokeApiKey(request, timeout=10).api_key.revoke_time for _ in range(2)]
    assert answers[0] == answers[1]


def test_both_keys_work_while_they_overlap(front: Front):
    clock = front.household.clock
    clock.stand()
    admin, old = front.new_key(*ADMIN).text, front.new_key("sessions:read", name="checkout")
    rotated = front.keys(admin).RotateApiKey(
        pb.RotateApiKeyRequest(api_key_id=str(old.row.id), overlap=Duration(seconds=3600)), timeout=10
    )
    assert (rotated.api_key.name, list(rotated.api_key.scopes)) == ("checkout", ["sessions:read"])
    assert admitted(front, old.text)
    assert admitted(front, rotated.secret)
    was = front.keys(admin).GetApiKey(pb.GetApiKeyRequest(api_key_id=str(old.row.id)), timeout=10).api_key
    assert (was.state, was.successor_id) == (api_key_pb2.API_KEY_STATE_ROTATED, rotated.api_key.api_key_id)
    clock.turn(hours=1)
    assert not admitted(front, old.text)
    assert admitted(front, rotated.secret)


def test_rotating_gives_an_old_key_no_longer_life(front: Front):
    clock = front.household.clock
    clock.stand()
    admin, old = front.new_key(*ADMIN).text, front.new_key(expires_at=clock() + timedelta(minutes=5))
    front.keys(front.new_key().text).RotateApiKey(pb.RotateApiKeyRequest(api_key_id=str(old.row.id)), timeout=10)
    clock.turn(minutes=5)
    assert not admitted(front, old.text)
    assert admitted(front, admin)


def test_a_key_is_rotated_once(front: Front):
    admin, old = front.new_key().text, front.new_key()
    request = pb.RotateApiKeyRequest(api_key_id=str(old.row.id))
    front.keys(admin).RotateApiKey(request, timeout=10)
    refused = (grpc.StatusCode.FAILED_PRECONDITION, "API_KEY_NOT_ACTIVE")
    assert refusal(front.keys(admin).RotateApiKey, request) == refused
    update = pb.UpdateApiKeyRequest(api_key_id=str(old.row.id), name="x", update_mask=FieldMask(paths=["name"]))
    assert refusal(front.keys(admin).UpdateApiKey, update) == refused


def test_an_update_changes_what_its_mask_names_and_nothing_else(front: Front):
    admin, key = front.new_key(*ADMIN).text, front.new_key("sessions:read", "keys:read")
    changed = front.keys(admin).UpdateApiKey(
        pb.UpdateApiKeyRequest(
            api_key_id=str(key.row.id),
            update_mask=FieldMask(paths=["scopes"]),
            scopes=["keys:read"],
            name="ignored",
        ),
        timeout=10,
    )
    assert (list(changed.api_key.scopes), changed.api_key.name) == (["keys:read"], "test")
    with pytest.raises(grpc.RpcError) as refused:
        SessionServiceStub(front.channel(key.text)).GetJsonWebKeySet(GetJsonWebKeySetRequest(), timeout=10)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("paths", [[], ["hint"], ["name"], ["scopes"]])
def test_a_mask_that_names_nothing_useful_is_refused(front: Front, paths: list[str]):
    admin = front.new_key(*ADMIN)
    request = pb.UpdateApiKeyRequest(api_key_id=str(admin.row.id), update_mask=FieldMask(paths=paths))
    assert refusal(front.keys(admin.text).UpdateApiKey, request)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_nobody_hands_on_what_they_do_not_hold(front: Front):
    weak, strong = front.new_key("keys:write", "keys:read"), front.new_key()
    stub, denied = front.keys(weak.text), (grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING")
    with pytest.raises(grpc.RpcError, match="the scope users:write") as refused:
        stub.CreateApiKey(pb.CreateApiKeyRequest(name="x", scopes=["keys:read", "users:write"]), timeout=10)
    assert (refused.value.code(), reason(refused.value)) == denied
    own = pb.UpdateApiKeyRequest(
        api_key_id=str(weak.row.id), scopes=["sessions:write"], update_mask=FieldMask(paths=["scopes"])
    )
    assert refusal(stub.UpdateApiKey, own) == denied
    assert refusal(stub.RotateApiKey, pb.RotateApiKeyRequest(api_key_id=str(strong.row.id))) == denied


def test_another_tenants_key_is_no_key(front: Front):
    front.household.add_tenant("acme")
    ours, theirs = front.new_key().text, str(front.new_key(tenant="acme").row.id)
    stub, missing = front.keys(ours), (grpc.StatusCode.NOT_FOUND, "API_KEY_NOT_FOUND")
    assert refusal(stub.GetApiKey, pb.GetApiKeyRequest(api_key_id=theirs)) == missing
    assert refusal(stub.RevokeApiKey, pb.RevokeApiKeyRequest(api_key_id=theirs)) == missing
    assert refusal(stub.RotateApiKey, pb.RotateApiKeyRequest(api_key_id=theirs)) == missing
    assert theirs not in str(stub.ListApiKeys(pb.ListApiKeysRequest(include_ended=True), timeout=10))


def test_a_key_that_begins_expired_is_not_made(front: Front):
    admin = front.new_key(*ADMIN).text
    past = pb.CreateApiKeyRequest(name="x", scopes=["keys:read"], expire_time=in_the_future(front, hours=-1))
    assert refusal(front.keys(admin).CreateApiKey, past) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    assert create(front, admin, expire_time=in_the_future(front, hours=1)).api_key.HasField("expire_time")


def test_keys_are_listed_newest_first_and_by_pages(front: Front):
    made = [front.new_key("keys:read") for _ in range(3)]
    front.household.journeys.api_keys.revoke(front.household.call(), made[1].row.id)
    stub = front.keys(made[0].text)
    first = stub.ListApiKeys(pb.ListApiKeysRequest(page_size=1), timeout=10)
    rest = stub.ListApiKeys(pb.ListApiKeysRequest(page_size=1, page_token=first.next_page_token), timeout=10)
    assert [key.api_key_id for page in (first, rest) for key in page.api_keys] == [
        str(made[2].row.id),
        str(made[0].row.id),
    ]
    assert rest.next_page_token == ""
    assert len(stub.ListApiKeys(pb.ListApiKeysRequest(include_ended=True), timeout=10).api_keys) == 3


def test_its_last_use_is_noted_about_once_a_minute(front: Front):
    clock, key = front.household.clock, front.new_key()
    first = clock.stand()
    used = []
    for seconds in (0, 30, 31):
        clock.turn(seconds=seconds)
        front.household.journeys.key_directory.forget()
        assert admitted(front, key.text)
        used.append(front.household.journeys.api_keys.get("default", key.row.id).last_used_at)
    assert used == [first, first, first + timedelta(seconds=61)]


def test_keys_that_are_known_work_on_while_the_database_is_away(front: Front, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(key_directory, "FRESH_SECONDS", 3600)
    known, unknown = front.new_key().text, front.new_key().text
    assert admitted(front, known)
    with patch.object(Database, "connect", side_effect=DatabaseUnavailable):
        assert admitted(front, known)
        stub = SessionServiceStub(front.channel(unknown))
        assert refusal(stub.GetJsonWebKeySet, GetJsonWebKeySetRequest()) == (
            grpc.StatusCode.UNAVAILABLE,
            "DATABASE_UNAVAILABLE",
        )


def test_wrong_keys_are_remembered_within_bounds_and_push_no_right_one_out(
    front: Front, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(key_directory, "MOST_UNKNOWN", 3)
    directory = key_directory.KeyDirectory(front.household.core.database, front.household.clock)
    right = front.new_key()
    assert directory.holder(right.text) is not None
    for _ in range(10):
        assert directory.holder(new_key()) is None
    assert len(directory._unknown._entries) == 3
    with patch.object(Database, "connect", side_effect=DatabaseUnavailable):
        holder = directory.holder(right.text)
    assert holder is not None
    assert holder.key_id == right.row.id


def test_a_known_key_costs_no_query(front: Front):
    directory = key_directory.KeyDirectory(front.household.core.database, front.household.clock, lambda: 100.0)
    key, wrong = front.new_key().text, new_key()
    found = [directory.holder(key), directory.holder(wrong)]
    with counted(front.household.core.database) as statements:
        assert [directory.holder(key), directory.holder(wrong)] == found
    assert not [text for text in statements.texts if "api_keys" in text]


def test_what_is_known_of_a_key_is_looked_up_again_in_seconds(front: Front):
    seconds = [100.0]
    directory = key_directory.KeyDirectory(front.household.core.database, front.household.clock, lambda: seconds[0])
    key = front.new_key()
    assert directory.holder(key.text) is not None
    front.household.journeys.api_keys.revoke(front.household.call(), key.row.id)
    seconds[0] += key_directory.FRESH_SECONDS - 0.1
    assert directory.holder(key.text).is_revoked is False  # type: ignore[union-attr]
    seconds[0] += 0.1
    assert directory.holder(key.text).is_revoked is True  # type: ignore[union-attr]


def test_a_key_of_another_tenant_never_sees_to_tenants_whatever_its_row_says(front: Front):
    front.household.add_tenant("acme")
    key = front.new_key("keys:read", tenant="acme")
    with front.household.core.database.connect() as connection:
        connection.execute(api_keys.update(), {"scopes": ["keys:read", "tenants:write"]})
    holder = front.household.journeys.key_directory.holder(key.text)
    assert holder is not None
    assert holder.scopes == {"keys:read"}
