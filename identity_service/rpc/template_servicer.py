"""TemplateService: messages in, tenants' own templates read or written, messages out."""

from functools import partial

import grpc
from notification.v1 import template_service_pb2 as pb
from notification.v1 import template_service_pb2_grpc

from identity_service.notification.templates import Filter, Templates
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters import templates as convert
from identity_service.rpc.converters.calls import call_of


class TemplateServicer(template_service_pb2_grpc.TemplateServiceServicer):
    """See protos/notification/v1/template_service.proto."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def ListTemplates(
        self, request: pb.ListTemplatesRequest, context: grpc.ServicerContext
    ) -> pb.ListTemplatesResponse:
        read = partial(self._templates.page, current_caller().tenant_id, _filter(request))
        found, next_page = paging.page(request, read)
        return pb.ListTemplatesResponse(
            templates=[convert.of_row(row) for row in found],
            next_page_token=next_page,
            kinds=convert.kinds(),
            locales=self._templates.locales,
        )

    def RenderTemplate(
        self, request: pb.RenderTemplateRequest, context: grpc.ServicerContext
    ) -> pb.RenderTemplateResponse:
        draft = convert.to_source(request.draft) if request.HasField("draft") else None
        tenant_id, slot = current_caller().tenant_id, convert.to_slot(request)
        preview = self._templates.preview(tenant_id, slot, draft, request.version)
        template = convert.of_row(preview.override, with_source=True) if preview.override else None
        return pb.RenderTemplateResponse(rendered=convert.of_preview(preview), template=template)

    def PutTemplateOverride(
        self, request: pb.PutTemplateOverrideRequest, context: grpc.ServicerContext
    ) -> pb.PutTemplateOverrideResponse:
        written = self._templates.put(call_of(request), convert.to_slot(request), convert.to_source(request))
        return pb.PutTemplateOverrideResponse(template=convert.of_written(request, written, deleted=False))

    def DeleteTemplateOverride(
        self, request: pb.DeleteTemplateOverrideRequest, context: grpc.ServicerContext
    ) -> pb.DeleteTemplateOverrideResponse:
        written = self._templates.delete(call_of(request), convert.to_slot(request))
        return pb.DeleteTemplateOverrideResponse(template=convert.of_written(request, written, deleted=True))


def _filter(request: pb.ListTemplatesRequest) -> Filter:
    return Filter(
        kinds=tuple(convert.KIND_OF[number] for number in request.kinds),
        user_type=request.user_type or None,
        locale=request.locale,
        history=request.include_history,
    )
