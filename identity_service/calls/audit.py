"""The audit trail: who did what, when, from where, with what outcome. Never a secret, a password or a token."""

from enum import StrEnum
from uuid import UUID

from identity_service.calls.call import Call
from identity_service.clock import Clock
from identity_service.ids import new_id
from identity_service.storage.database import Connection
from identity_service.storage.queries import records
from identity_service.storage.rows import AuditEvent


class Event(StrEnum):
    """What is recorded."""

    USER_REGISTERED = "user.registered"
    REGISTRATION_OF_TAKEN_ADDRESS = "user.registered_taken_address"
    EMAIL_VERIFIED = "email.verified"
    VERIFICATION_RESENT = "email.verification_resent"
    CODE_REQUESTED = "one_time_code.requested"
    SIGNED_IN = "session.signed_in"
    SESSION_REFRESHED = "session.refreshed"
    REFRESH_TOKEN_REUSED = "session.refresh_token_reused"  # noqa: S105 - the name of an event
    SESSION_REVOKED = "session.revoked"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an event
    PASSWORD_RESET_REQUESTED = "password.reset_requested"  # noqa: S105 - the name of an event
    PASSWORD_RESET = "password.reset"  # noqa: S105 - the name of an event
    EMAIL_CHANGE_STARTED = "email.change_started"
    EMAIL_CHANGED = "email.changed"
    USER_INVITED = "user.invited"
    INVITATION_ACCEPTED = "invitation.accepted"
    LIMIT_EXCEEDED = "limit.exceeded"
    USER_UPDATED = "user.updated"
    USER_SUSPENDED = "user.suspended"
    USER_REINSTATED = "user.reinstated"
    USER_DELETED = "user.deleted"
    USER_IMPORTED = "user.imported"
    USER_EXPORTED = "user.exported"
    NOTIFICATION_RETRIED = "notification.retried"
    MAIL_SENT = "mail.sent"
    MAIL_DEAD = "mail.dead"
    MAIL_EXPIRED = "mail.expired"
    MAIL_SUPPRESSED = "mail.suppressed"
    NOTIFICATION_CANCELLED = "notification.cancelled"
    USERS_NOTIFIED = "message.sent_to_users"
    CAMPAIGN_CREATED = "campaign.created"
    CAMPAIGN_PAUSED = "campaign.paused"
    CAMPAIGN_RESUMED = "campaign.resumed"
    CAMPAIGN_CANCELLED = "campaign.cancelled"
    CAMPAIGN_FINISHED = "campaign.finished"
    MAIL_REPLACED = "mail.replaced"
    TEMPLATE_PUT = "template.put"
    TEMPLATE_DELETED = "template.deleted"
    PREFERENCES_CHANGED = "preferences.changed"
    SUPPRESSION_ADDED = "suppression.added"
    SUPPRESSION_REMOVED = "suppression.removed"
    CALLER_REFUSED = "caller.refused"
    API_KEY_CREATED = "api_key.created"
    API_KEY_UPDATED = "api_key.updated"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REVOKED = "api_key.revoked"
    TENANT_CREATED = "tenant.created"
    TENANT_UPDATED = "tenant.updated"


class Outcome(StrEnum):
    """How it ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"


class AuditTrail:
    """Makes events; they are written with the rows of their journey, in the same transaction."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock

    def event(
        self,
        call: Call,
        event: Event,
        *,
        user_id: UUID | None = None,
        subject_id: UUID | None = None,
        refused_because: str | None = None,
        failed_because: str | None = None,
    ) -> AuditEvent:
        """The row that records `event`; `subject_id` is the session, registration or challenge it is about."""
        outcome = Outcome.REFUSED if refused_because else Outcome.FAILED if failed_because else Outcome.SUCCEEDED
        return AuditEvent(
            tenant_id=call.tenant_id,
            id=new_id(),
            event=event,
            outcome=outcome,
            reason=refused_because or failed_because,
            actor=call.actor,
            user_id=user_id,
            subject_id=subject_id,
            ip_address=call.ip_address or None,
            user_agent=call.user_agent or None,
            created_at=self._now(),
        )

    def write(self, connection: Connection, event: AuditEvent) -> None:
        """Write an event that has no other rows to travel with."""
        records.insert_event(connection, event)
