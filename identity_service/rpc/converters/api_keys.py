"""API keys."""

from datetime import datetime, timedelta

from identity.v1 import api_key_pb2
from identity.v1 import api_key_service_pb2 as pb

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.rpc.converters.times import from_timestamp, to_timestamp
from identity_service.storage.rows import ApiKey
from identity_service.tenants.api_keys import Changes

DEFAULT_OVERLAP = timedelta(days=1)


def to_api_key(key: ApiKey, now: datetime) -> api_key_pb2.ApiKey:
    return api_key_pb2.ApiKey(
        api_key_id=str(key.id),
        name=key.name,
        hint=key.hint,
        scopes=key.scopes,
        state=_state(key, now),
        created_by=key.created_by,
        create_time=to_timestamp(key.created_at),
        expire_time=to_timestamp(key.expires_at),
        revoke_time=to_timestamp(key.revoked_at),
        last_use_time=to_timestamp(key.last_used_at),
        successor_id=str(key.successor_id or ""),
    )


def expiry(request: pb.CreateApiKeyRequest | pb.UpdateApiKeyRequest | pb.RotateApiKeyRequest) -> datetime | None:
    return from_timestamp(request.expire_time, "expire_time") if request.HasField("expire_time") else None


def overlap(request: pb.RotateApiKeyRequest) -> timedelta:
    return request.overlap.ToTimedelta() if request.HasField("overlap") else DEFAULT_OVERLAP


def to_changes(request: pb.UpdateApiKeyRequest) -> Changes:
    """Raises `InvalidInput` where the mask names a field that must not become empty."""
    wanted = set(request.update_mask.paths)
    empty = [field for field in ("name", "scopes") if field in wanted and not getattr(request, field)]
    if not wanted:
        raise InvalidInput([FieldViolation("update_mask", "must name at least one field")])
    if empty:
        raise InvalidInput([FieldViolation(field, "must not be empty") for field in empty])
    return Changes(
        name=request.name if "name" in wanted else None,
        scopes=tuple(request.scopes) if "scopes" in wanted else None,
        expires="expire_time" in wanted,
        expires_at=expiry(request) if "expire_time" in wanted else None,
    )


def _state(key: ApiKey, now: datetime) -> api_key_pb2.ApiKeyState:
    if key.revoked_at is not None:
        return api_key_pb2.API_KEY_STATE_REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return api_key_pb2.API_KEY_STATE_EXPIRED
    return api_key_pb2.API_KEY_STATE_ROTATED if key.successor_id else api_key_pb2.API_KEY_STATE_ACTIVE
