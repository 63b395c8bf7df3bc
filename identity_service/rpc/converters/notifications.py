"""Notifications and the attempts to deliver them."""

from notification.v1 import notification_pb2 as pb

from identity_service.notification.attempts import AttemptOutcome
from identity_service.notification.kinds import Kind, Queue
from identity_service.notification.mails import Composers
from identity_service.notification.reading import NotificationWithAttempts
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import DeliveryAttempt, Notification, NotificationState

KINDS = {
    Kind.VERIFICATION: pb.NOTIFICATION_KIND_VERIFICATION,
    Kind.ONE_TIME_CODE: pb.NOTIFICATION_KIND_ONE_TIME_CODE,
    Kind.RESET_LINK: pb.NOTIFICATION_KIND_RESET_LINK,
    Kind.RESET_CODE: pb.NOTIFICATION_KIND_RESET_CODE,
    Kind.WELCOME: pb.NOTIFICATION_KIND_WELCOME,
    Kind.PASSWORD_CHANGED: pb.NOTIFICATION_KIND_PASSWORD_CHANGED,
    Kind.EMAIL_CHANGE: pb.NOTIFICATION_KIND_EMAIL_CHANGE,
    Kind.EMAIL_CHANGED: pb.NOTIFICATION_KIND_EMAIL_CHANGED,
    Kind.ACCOUNT_DELETED: pb.NOTIFICATION_KIND_ACCOUNT_DELETED,
    Kind.INVITATION: pb.NOTIFICATION_KIND_INVITATION,
    Kind.NOTIFICATION: pb.NOTIFICATION_KIND_NOTIFICATION,
    Kind.ADDRESS_TAKEN: pb.NOTIFICATION_KIND_ADDRESS_TAKEN,
}
QUEUES = {
    Queue.HIGH: pb.NOTIFICATION_QUEUE_HIGH,
    Queue.NORMAL: pb.NOTIFICATION_QUEUE_NORMAL,
    Queue.LOW: pb.NOTIFICATION_QUEUE_LOW,
}
STATES = {
    NotificationState.QUEUED: pb.NOTIFICATION_STATE_QUEUED,
    NotificationState.SENDING: pb.NOTIFICATION_STATE_SENDING,
    NotificationState.SENT: pb.NOTIFICATION_STATE_SENT,
    NotificationState.DEAD: pb.NOTIFICATION_STATE_DEAD,
    NotificationState.EXPIRED: pb.NOTIFICATION_STATE_EXPIRED,
    NotificationState.CANCELLED: pb.NOTIFICATION_STATE_CANCELLED,
    NotificationState.SUPPRESSED: pb.NOTIFICATION_STATE_SUPPRESSED,
}
_OUTCOMES = {
    AttemptOutcome.SENT: pb.DELIVERY_OUTCOME_SENT,
    AttemptOutcome.TRANSIENT: pb.DELIVERY_OUTCOME_TRANSIENT_FAILURE,
    AttemptOutcome.PERMANENT: pb.DELIVERY_OUTCOME_PERMANENT_FAILURE,
    AttemptOutcome.EXPIRED: pb.DELIVERY_OUTCOME_USELESS,
    AttemptOutcome.LOST: pb.DELIVERY_OUTCOME_LOST,
    AttemptOutcome.SUPPRESSED: pb.DELIVERY_OUTCOME_SUPPRESSED,
}


class NotificationConverter:
    """Converts with the Message-IDs that the mails of each tenant carry."""

    def __init__(self, composers: Composers) -> None:
        self._composers = composers

    def with_attempts(self, found: NotificationWithAttempts) -> pb.Notification:
        message = self.alone(found.notification)
        message.attempts.extend(_to_attempt(attempt) for attempt in found.attempts)
        return message

    def alone(self, notification: Notification) -> pb.Notification:
        waits = notification.state == NotificationState.QUEUED
        return pb.Notification(
            notification_id=str(notification.id),
            kind=KINDS[Kind(notification.kind)],
            queue=QUEUES[Queue(notification.queue)],
            state=STATES[NotificationState(notification.state)],
            user_id=str(notification.user_id or ""),
            recipient=notification.recipient,
            locale=notification.locale,
            attempt_count=notification.attempts,
            max_attempts=notification.attempt_limit,
            last_error=notification.last_error or "",
            create_time=to_timestamp(notification.created_at),
            next_attempt_time=to_timestamp(notification.due_at if waits else None),
            expire_time=to_timestamp(notification.expires_at),
            sent_time=to_timestamp(notification.sent_at),
            message_id=self._composers(notification.tenant_id).message_id(notification.id),
            batch_id=str(notification.message_id or ""),
            replaced_by_notification_id=str(notification.replaced_by or ""),
        )


def _to_attempt(attempt: DeliveryAttempt) -> pb.DeliveryAttempt:
    return pb.DeliveryAttempt(
        number=attempt.number,
        start_time=to_timestamp(attempt.started_at),
        end_time=to_timestamp(attempt.ended_at),
        outcome=_OUTCOMES[AttemptOutcome(attempt.outcome)],
        error=attempt.error or "",
    )
