"""Preferences and suppressions."""

from notification.v1 import preference_service_pb2 as pb

from identity_service.notification.preferences import UserPreferences
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import Suppression, SuppressionReason

REASONS = {
    SuppressionReason.HARD_BOUNCE: pb.SUPPRESSION_REASON_HARD_BOUNCE,
    SuppressionReason.COMPLAINT: pb.SUPPRESSION_REASON_COMPLAINT,
    SuppressionReason.OPERATOR: pb.SUPPRESSION_REASON_OPERATOR,
}


def to_preferences(preferences: UserPreferences) -> pb.Preferences:
    return pb.Preferences(user_id=str(preferences.user_id), opted_out_categories=preferences.opted_out)


def to_suppression(suppression: Suppression) -> pb.Suppression:
    return pb.Suppression(
        suppression_id=str(suppression.id),
        email=suppression.email,
        category=suppression.category,
        reason=REASONS[SuppressionReason(suppression.reason)],
        note=suppression.note,
        create_time=to_timestamp(suppression.created_at),
    )
