"""Audit events, and answers kept for repeated requests."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, column, select, text, update

from identity_service.storage.batch import InsertTogether
from identity_service.storage.prepared import Prepared
from identity_service.storage.rows import AuditEvent
from identity_service.storage.tables import answered_requests, audit_events
from identity_service.storage.tables.columns import Json, Time

_key = (
    answered_requests.c.tenant_id == bindparam("of_tenant"),
    answered_requests.c.rpc == bindparam("of_rpc"),
    answered_requests.c.request_id == bindparam("of_request"),
)
_INSERT_EVENT = InsertTogether(audit_events)
_ANSWERED = Prepared(
    select(answered_requests.c.key_id, answered_requests.c.payload_digest, answered_requests.c.answer).where(*_key)
)
_RESERVE = Prepared(
    text("""
    INSERT INTO answered_requests (tenant_id, rpc, request_id, key_id, payload_digest, answer, created_at)
    VALUES (:tenant_id, :rpc, :request_id, :key_id, :payload_digest, NULL, :created_at)
    ON CONFLICT DO NOTHING RETURNING rpc
    """)
    .bindparams(bindparam("request_id", type_=answered_requests.c.request_id.type), bindparam("created_at", type_=Time))
    .columns(column("rpc"))
)
_KEEP = Prepared(
    update(answered_requests)
    .where(*_key)
    .values(answer=bindparam("new_answer", type_=Json), user_id=bindparam("new_user_id", type_=Uuid))
)


class AnsweredRequest(NamedTuple):
    """A request that was carried out; `answer` is None when it held credentials, which are never kept."""

    key_id: str
    payload_digest: bytes
    answer: Any


def insert_event(connection: Connection, event: AuditEvent) -> None:
    _INSERT_EVENT.execute(connection, event.values())


def answered(connection: Connection, tenant_id: str, rpc: str, request_id: UUID) -> AnsweredRequest | None:
    row = _ANSWERED.first(connection, _key_of(tenant_id, rpc, request_id))
    return AnsweredRequest(*row) if row else None


def reserve(
    connection: Connection,
    tenant_id: str,
    rpc: str,
    request_id: UUID,
    *,
    key_id: str,
    payload_digest: bytes,
    now: datetime,
) -> bool:
    """Claim the request id for this transaction; waits for one that is at it, False when it was carried out."""
    parameters = {
        "tenant_id": tenant_id,
        "rpc": rpc,
        "request_id": request_id,
        "key_id": key_id,
        "payload_digest": payload_digest,
        "created_at": now,
    }
    return _RESERVE.first(connection, parameters) is not None


def keep_answer(
    connection: Connection, tenant_id: str, rpc: str, request_id: UUID, answer: Any, *, user_id: UUID | None
) -> None:
    """Keep an answer; `user_id` is whose data it holds, so that it can be erased with the user."""
    _KEEP.run(connection, _key_of(tenant_id, rpc, request_id) | {"new_answer": answer, "new_user_id": user_id})


def _key_of(tenant_id: str, rpc: str, request_id: UUID) -> dict[str, Any]:
    return {"of_tenant": tenant_id, "of_rpc": rpc, "of_request": request_id}
