"""CampaignService: messages in, campaigns written, steered and read, messages out."""

from functools import partial
from uuid import UUID

import grpc
from notification.v1 import campaign_service_pb2 as pb
from notification.v1 import campaign_service_pb2_grpc

from identity_service.notification.messages.campaigns import Campaigns, CreateCampaign
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.messages import STATES, from_content, to_campaign
from identity_service.rpc.converters.times import from_timestamp

_STATES = {number: state for state, number in STATES.items()}


class CampaignServicer(campaign_service_pb2_grpc.CampaignServiceServicer):
    """See protos/notification/v1/campaign_service.proto."""

    def __init__(self, campaigns: Campaigns) -> None:
        self._campaigns = campaigns

    def CreateCampaign(
        self, request: pb.CreateCampaignRequest, context: grpc.ServicerContext
    ) -> pb.CreateCampaignResponse:
        starts = request.HasField("start_time")
        command = CreateCampaign(
            name=request.name,
            user_types=tuple(request.user_types),
            content=from_content(request.content),
            starts_at=from_timestamp(request.start_time, "start_time") if starts else None,
        )
        return pb.CreateCampaignResponse(campaign=to_campaign(self._campaigns.create(call_of(request), command)))

    def GetCampaign(self, request: pb.GetCampaignRequest, context: grpc.ServicerContext) -> pb.GetCampaignResponse:
        found = self._campaigns.get(current_caller().tenant_id, UUID(request.campaign_id))
        return pb.GetCampaignResponse(campaign=to_campaign(found))

    def ListCampaigns(
        self, request: pb.ListCampaignsRequest, context: grpc.ServicerContext
    ) -> pb.ListCampaignsResponse:
        states = [_STATES[number] for number in request.states]
        found, next_page = paging.page(request, partial(self._campaigns.page, current_caller().tenant_id, states))
        return pb.ListCampaignsResponse(campaigns=[to_campaign(each) for each in found], next_page_token=next_page)

    def PauseCampaign(
        self, request: pb.PauseCampaignRequest, context: grpc.ServicerContext
    ) -> pb.PauseCampaignResponse:
        found = self._campaigns.pause(call_of(request), UUID(request.campaign_id))
        return pb.PauseCampaignResponse(campaign=to_campaign(found))

    def ResumeCampaign(
        self, request: pb.ResumeCampaignRequest, context: grpc.ServicerContext
    ) -> pb.ResumeCampaignResponse:
        found = self._campaigns.resume(call_of(request), UUID(request.campaign_id))
        return pb.ResumeCampaignResponse(campaign=to_campaign(found))

    def CancelCampaign(
        self, request: pb.CancelCampaignRequest, context: grpc.ServicerContext
    ) -> pb.CancelCampaignResponse:
        found = self._campaigns.cancel(call_of(request), UUID(request.campaign_id))
        return pb.CancelCampaignResponse(campaign=to_campaign(found))
