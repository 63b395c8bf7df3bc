"""Timestamps."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from identity_service.errors import FieldViolation, InvalidInput


def to_timestamp(instant: datetime | None) -> Timestamp | None:
    """None stays None, which protobuf takes for "not set"."""
    if instant is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(instant)
    return timestamp


def from_timestamp(timestamp: Timestamp, field: str) -> datetime:
    """Raises `InvalidInput` for one outside the years 1 to 9999."""
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInput([FieldViolation(field, "must be a time between the years 1 and 9999")]) from None
