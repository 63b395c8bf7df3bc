"""What is written to many: its content, campaigns with their progress, and the results of single recipients."""

import json
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from notification.v1 import campaign_pb2, message_content_pb2
from notification.v1 import notification_service_pb2 as pb

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.notification.kinds import Kind
from identity_service.notification.messages.campaigns import CampaignWithMessage
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Outcome, RecipientResult
from identity_service.rpc.converters.notifications import KINDS
from identity_service.rpc.converters.structures import to_plain
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import CampaignState, Message

MOST_DATA_BYTES = 8 * 1024
STATES = {
    CampaignState.SCHEDULED: campaign_pb2.CAMPAIGN_STATE_SCHEDULED,
    CampaignState.RUNNING: campaign_pb2.CAMPAIGN_STATE_RUNNING,
    CampaignState.PAUSED: campaign_pb2.CAMPAIGN_STATE_PAUSED,
    CampaignState.CANCELLED: campaign_pb2.CAMPAIGN_STATE_CANCELLED,
    CampaignState.FINISHED: campaign_pb2.CAMPAIGN_STATE_FINISHED,
}
_OUTCOMES = {
    Outcome.QUEUED: pb.RECIPIENT_OUTCOME_QUEUED,
    Outcome.NOT_FOUND: pb.RECIPIENT_OUTCOME_NOT_FOUND,
    Outcome.SUSPENDED: pb.RECIPIENT_OUTCOME_SUSPENDED,
    Outcome.OPTED_OUT: pb.RECIPIENT_OUTCOME_OPTED_OUT,
    Outcome.SUPPRESSED: pb.RECIPIENT_OUTCOME_SUPPRESSED,
}
_KINDS = {number: kind for kind, number in KINDS.items()}


def from_content(content: message_content_pb2.MessageContent) -> Content:
    """Raises `InvalidInput` for a notice without its words, and for data that is too much or cannot be kept."""
    kind = _KINDS.get(content.kind, Kind.NOTIFICATION)
    return Content(content.category, kind, content.subject, content.message, _from_data(content.data))


def to_campaign(found: CampaignWithMessage) -> campaign_pb2.Campaign:
    campaign, message = found.campaign, found.message
    return campaign_pb2.Campaign(
        campaign_id=str(campaign.id),
        name=campaign.name,
        state=STATES[CampaignState(campaign.state)],
        user_types=campaign.user_types,
        content=_to_content(message),
        progress=_to_progress(found),
        create_time=to_timestamp(campaign.created_at),
        start_time=to_timestamp(campaign.starts_at),
        finish_time=to_timestamp(campaign.finished_at),
    )


def to_recipient_result(result: RecipientResult) -> pb.RecipientResult:
    return pb.RecipientResult(
        outcome=_OUTCOMES[result.outcome],
        user_id=str(result.user_id or ""),
        notification_id=str(result.notification_id or ""),
    )


def _from_data(structure: Struct) -> dict[str, Any]:
    try:
        data = to_plain(structure)
    except ValueError as error:
        raise InvalidInput([FieldViolation("content.data", str(error))]) from None
    if len(json.dumps(data)) > MOST_DATA_BYTES:
        raise InvalidInput([FieldViolation("content.data", f"must be at most {MOST_DATA_BYTES} bytes as JSON")])
    return data


def _to_content(message: Message) -> message_content_pb2.MessageContent:
    return message_content_pb2.MessageContent(
        category=message.category,
        kind=KINDS[Kind(message.kind)],
        subject=message.subject or "",
        message=message.body or "",
        data=ParseDict(message.data, Struct()) if message.data else None,
    )


def _to_progress(found: CampaignWithMessage) -> campaign_pb2.CampaignProgress:
    campaign, message = found.campaign, found.message
    ended = message.sent + message.dead + message.suppressed + message.cancelled
    return campaign_pb2.CampaignProgress(
        expected_count=campaign.expected or 0,
        recipient_count=campaign.recipients,
        recipients_complete=campaign.fanned_out_at is not None,
        waiting_count=0 if campaign.state == CampaignState.FINISHED else max(0, campaign.recipients - ended),
        sent_count=message.sent,
        dead_count=message.dead,
        suppressed_count=message.suppressed,
        cancelled_count=message.cancelled,
    )
