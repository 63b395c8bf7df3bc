"""TenantService: messages in, one journey each, messages out."""

import grpc
from identity.v1 import tenant_service_pb2 as pb
from identity.v1 import tenant_service_pb2_grpc

from identity_service.rpc import paging
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.tenants import changes_of, given, to_tenant
from identity_service.tenants.profile import TenantProfile
from identity_service.tenants.tenants import Tenants


class TenantServicer(tenant_service_pb2_grpc.TenantServiceServicer):
    """See protos/identity/v1/tenant_service.proto."""

    def __init__(self, *, tenants: Tenants, defaults: TenantProfile) -> None:
        self._tenants = tenants
        self._defaults = defaults

    def CreateTenant(self, request: pb.CreateTenantRequest, context: grpc.ServicerContext) -> pb.CreateTenantResponse:
        made = self._tenants.create(call_of(request), request.tenant_id, given(request.profile))
        return pb.CreateTenantResponse(tenant=to_tenant(made, self._defaults))

    def GetTenant(self, request: pb.GetTenantRequest, context: grpc.ServicerContext) -> pb.GetTenantResponse:
        found = self._tenants.get(request.tenant_id)
        return pb.GetTenantResponse(tenant=to_tenant(found, self._defaults))

    def ListTenants(self, request: pb.ListTenantsRequest, context: grpc.ServicerContext) -> pb.ListTenantsResponse:
        size = paging.page_size(request.page_size)
        found = self._tenants.page(after=paging.last_seen_text(request) or "", size=size + 1)
        return pb.ListTenantsResponse(
            tenants=[to_tenant(tenant, self._defaults) for tenant in found[:size]],
            next_page_token=paging.next_page_token_of_text(request, [tenant.id for tenant in found], size),
        )

    def UpdateTenant(self, request: pb.UpdateTenantRequest, context: grpc.ServicerContext) -> pb.UpdateTenantResponse:
        changed = self._tenants.update(call_of(request), request.tenant_id, changes_of(request))
        return pb.UpdateTenantResponse(tenant=to_tenant(changed, self._defaults))
