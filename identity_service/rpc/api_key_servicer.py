"""ApiKeyService: messages in, one journey each, messages out."""

from functools import partial
from uuid import UUID

import grpc
from identity.v1 import api_key_service_pb2 as pb
from identity.v1 import api_key_service_pb2_grpc

from identity_service.clock import Clock
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.api_keys import expiry, overlap, to_api_key, to_changes
from identity_service.rpc.converters.calls import call_of
from identity_service.tenants.api_keys import ApiKeys, Grant


class ApiKeyServicer(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """See protos/identity/v1/api_key_service.proto."""

    def __init__(self, *, api_keys: ApiKeys, clock: Clock) -> None:
        self._api_keys = api_keys
        self._now = clock

    def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: grpc.ServicerContext) -> pb.CreateApiKeyResponse:
        grant = Grant(request.name, tuple(request.scopes), expiry(request))
        made = self._api_keys.create(call_of(request), current_caller().scopes, grant)
        return pb.CreateApiKeyResponse(api_key=to_api_key(made.row, self._now()), secret=made.text)

    def GetApiKey(self, request: pb.GetApiKeyRequest, context: grpc.ServicerContext) -> pb.GetApiKeyResponse:
        found = self._api_keys.get(current_caller().tenant_id, UUID(request.api_key_id))
        return pb.GetApiKeyResponse(api_key=to_api_key(found, self._now()))

    def ListApiKeys(self, request: pb.ListApiKeysRequest, context: grpc.ServicerContext) -> pb.ListApiKeysResponse:
        read = partial(self._api_keys.page, current_caller().tenant_id, with_ended=request.include_ended)
        found, next_page = paging.page(request, read)
        return pb.ListApiKeysResponse(
            api_keys=[to_api_key(key, self._now()) for key in found], next_page_token=next_page
        )

    def UpdateApiKey(self, request: pb.UpdateApiKeyRequest, context: grpc.ServicerContext) -> pb.UpdateApiKeyResponse:
        changed = self._api_keys.update(
            call_of(request), current_caller().scopes, UUID(request.api_key_id), to_changes(request)
        )
        return pb.UpdateApiKeyResponse(api_key=to_api_key(changed, self._now()))

    def RotateApiKey(self, request: pb.RotateApiKeyRequest, context: grpc.ServicerContext) -> pb.RotateApiKeyResponse:
        made = self._api_keys.rotate(
            call_of(request),
            current_caller().scopes,
            UUID(request.api_key_id),
            overlap=overlap(request),
            expires_at=expiry(request),
        )
        return pb.RotateApiKeyResponse(api_key=to_api_key(made.row, self._now()), secret=made.text)

    def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: grpc.ServicerContext) -> pb.RevokeApiKeyResponse:
        revoked = self._api_keys.revoke(call_of(request), UUID(request.api_key_id))
        return pb.RevokeApiKeyResponse(api_key=to_api_key(revoked, self._now()))
