"""Rows of an export, as structures that any language reads."""

from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.struct_pb2 import Struct
from identity.v1 import user_service_pb2 as pb

from identity_service.identity.export_user import ExportedRecord


def to_export(record: ExportedRecord) -> pb.ExportUserResponse:
    """Columns without a value are left out."""
    structure = Struct()
    structure.update({name: _plain(value) for name, value in record.columns.items() if value is not None})
    return pb.ExportUserResponse(source=record.source, record=structure)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, UUID) else value
