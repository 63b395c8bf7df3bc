"""AuditService: messages in, the audit trail read, messages out."""

from collections.abc import Iterator
from datetime import datetime
from threading import Event

import grpc
from identity.v1 import audit_service_pb2 as pb
from identity.v1 import audit_service_pb2_grpc

from identity_service.calls.audit_reading import BEGINNING, AuditReading, Span
from identity_service.rpc import paging, resuming
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.audit import event_filter, to_audit_event
from identity_service.rpc.converters.times import from_timestamp


class AuditServicer(audit_service_pb2_grpc.AuditServiceServicer):
    """See protos/identity/v1/audit_service.proto."""

    def __init__(self, *, reading: AuditReading, stopping: Event) -> None:
        self._reading = reading
        self._stopping = stopping

    def ListAuditEvents(
        self, request: pb.ListAuditEventsRequest, context: grpc.ServicerContext
    ) -> pb.ListAuditEventsResponse:
        page = self._reading.page(
            current_caller().tenant_id,
            event_filter(request.filter),
            Span(_time(request, "create_time_from"), _time(request, "create_time_before")),
            before=paging.last_seen(request),
            size=paging.page_size(request.page_size),
        )
        return pb.ListAuditEventsResponse(
            events=[to_audit_event(event) for event in page.events],
            next_page_token=paging.token_after(request, page.last_seen),
        )

    def WatchAuditEvents(
        self, request: pb.WatchAuditEventsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchAuditEventsResponse]:
        seen = self._reading.watch(
            current_caller().tenant_id,
            event_filter(request.filter),
            after=resuming.resumed_position(request.resume_token) or (BEGINNING if request.from_beginning else None),
            goes_on=context.is_active,
            stopping=self._stopping,
        )
        for progress in seen:
            yield pb.WatchAuditEventsResponse(
                event=to_audit_event(progress.event) if progress.event else None,
                resume_token=resuming.audit_token(progress.position),
            )


def _time(request: pb.ListAuditEventsRequest, field: str) -> datetime | None:
    return from_timestamp(getattr(request, field), field) if request.HasField(field) else None
