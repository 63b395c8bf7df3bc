"""PreferenceService: messages in, preferences and suppressions read or changed, messages out."""

from functools import partial
from uuid import UUID

import grpc
from notification.v1 import preference_service_pb2 as pb
from notification.v1 import preference_service_pb2_grpc

from identity_service.identity.addresses import parse_address
from identity_service.notification.preferences import Preferences
from identity_service.notification.suppressions import SuppressionFilter, Suppressions
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.preferences import REASONS, to_preferences, to_suppression

_REASONS = {number: reason for reason, number in REASONS.items()}


class PreferenceServicer(preference_service_pb2_grpc.PreferenceServiceServicer):
    """See protos/notification/v1/preference_service.proto."""

    def __init__(self, *, preferences: Preferences, suppressions: Suppressions) -> None:
        self._preferences = preferences
        self._suppressions = suppressions

    def GetPreferences(
        self, request: pb.GetPreferencesRequest, context: grpc.ServicerContext
    ) -> pb.GetPreferencesResponse:
        found = self._preferences.get(current_caller().tenant_id, UUID(request.user_id))
        return pb.GetPreferencesResponse(preferences=to_preferences(found))

    def UpdatePreferences(
        self, request: pb.UpdatePreferencesRequest, context: grpc.ServicerContext
    ) -> pb.UpdatePreferencesResponse:
        updated = self._preferences.update(
            call_of(request),
            UUID(request.user_id),
            opt_out=request.opt_out_categories,
            opt_in=request.opt_in_categories,
        )
        return pb.UpdatePreferencesResponse(preferences=to_preferences(updated))

    def ListSuppressions(
        self, request: pb.ListSuppressionsRequest, context: grpc.ServicerContext
    ) -> pb.ListSuppressionsResponse:
        read = partial(self._suppressions.page, current_caller().tenant_id, _filter(request))
        found, next_page = paging.page(request, read)
        return pb.ListSuppressionsResponse(
            suppressions=[to_suppression(suppression) for suppression in found], next_page_token=next_page
        )

    def AddSuppression(
        self, request: pb.AddSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.AddSuppressionResponse:
        address = parse_address(request.email)
        added = self._suppressions.add(
            call_of(request),
            email=address.text,
            address_key=address.key,
            reason=_REASONS[request.reason],
            category=request.category,
            note=request.note,
        )
        return pb.AddSuppressionResponse(suppression=to_suppression(added))

    def RemoveSuppression(
        self, request: pb.RemoveSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.RemoveSuppressionResponse:
        self._suppressions.remove(call_of(request), UUID(request.suppression_id))
        return pb.RemoveSuppressionResponse()


def _filter(request: pb.ListSuppressionsRequest) -> SuppressionFilter:
    return SuppressionFilter(
        address_key=parse_address(request.email).key if request.email else None,
        category=request.category or None,
        reasons=tuple(_REASONS[number] for number in request.reasons),
    )
