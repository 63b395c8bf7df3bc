"""What the audit trail holds of a mail: how it ended. Each attempt on the way there is a row of its own already."""

from identity_service.calls.audit import AuditTrail, Event
from identity_service.calls.call import WORKER, Call
from identity_service.storage.queries.results import AttemptRecord
from identity_service.storage.rows import AuditEvent, NotificationState

_ENDS = {
    NotificationState.SENT: Event.MAIL_SENT,
    NotificationState.DEAD: Event.MAIL_DEAD,
    NotificationState.EXPIRED: Event.MAIL_EXPIRED,
    NotificationState.SUPPRESSED: Event.MAIL_SUPPRESSED,
}


def end_of_mail(record: AttemptRecord) -> AuditEvent | None:
    """The event of a mail that an attempt has brought to its end; None when it goes on.

    Why it failed is the kind of failure only: a mail server's words quote addresses.
    """
    mail, attempt = record.claimed, record.attempt
    event = _ENDS.get(record.state)
    if event is None:
        return None
    failure = None if event is Event.MAIL_SENT else attempt.outcome.upper()
    call, trail = Call(mail.tenant_id, WORKER), AuditTrail(lambda: attempt.ended_at)
    return trail.event(call, event, user_id=mail.user_id, subject_id=mail.id, failed_because=failure)
