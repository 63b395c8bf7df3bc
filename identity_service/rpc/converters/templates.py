"""Tenants' own templates, and what templates of each kind may say."""

from typing import Any

from notification.v1 import template_pb2 as pb

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import CONTEXTS
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.templates import Preview, Slot, WrittenVersion
from identity_service.rpc.converters.notifications import KINDS
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import TemplateOverride

KIND_OF = {number: kind for kind, number in KINDS.items()}


def to_slot(request: Any) -> Slot:
    """What a request's template is for."""
    return Slot(KIND_OF[request.kind], request.user_type, request.locale)


def to_source(message: Any) -> OverrideSource:
    """What a message's template is made of."""
    return OverrideSource(message.subject, message.html, message.text)


def of_row(row: TemplateOverride, *, with_source: bool = False) -> pb.TemplateOverride:
    """One version, with what it is made of if asked for."""
    slot = Slot(row.kind, row.user_type, row.locale)
    message = _of(slot, WrittenVersion(row.id, row.version, row.created_at, row.created_by), deleted=row.deleted)
    if with_source:
        message.source.CopyFrom(pb.TemplateSource(subject=row.subject, html=row.html, text=row.text))
    return message


def of_written(request: Any, written: WrittenVersion, *, deleted: bool) -> pb.TemplateOverride:
    """The version that a request has made."""
    return _of(to_slot(request), written, deleted=deleted)


def of_preview(preview: Preview) -> pb.RenderedTemplate:
    return pb.RenderedTemplate(subject=preview.mail.subject, html=preview.mail.html, text=preview.mail.text)


def kinds() -> list[pb.TemplateKind]:
    """What templates of each kind may name."""
    return [
        pb.TemplateKind(
            kind=KINDS[kind],
            names=context.names(),
            subject_names=sorted(context.subject_names),
            required_names=context.must_show,
        )
        for kind, context in CONTEXTS.items()
    ]


def _of(slot: Slot, written: WrittenVersion, *, deleted: bool) -> pb.TemplateOverride:
    return pb.TemplateOverride(
        template_override_id=str(written.id),
        kind=KINDS[Kind(slot.kind)],
        user_type=slot.user_type,
        locale=slot.locale,
        version=written.version,
        deleted=deleted,
        create_time=to_timestamp(written.created_at),
        creator=written.created_by,
    )
