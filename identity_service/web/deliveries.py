"""What became of a mail: its notification and the attempts to deliver it."""

from dataclasses import dataclass
from uuid import UUID

from identity_service.notification.errors import NotificationNotFound
from identity_service.notification.reading import Notifications, NotificationWithAttempts
from identity_service.storage.errors import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification with its attempts; where there is none to show, `objection` says why."""

    notification_id: UUID
    found: NotificationWithAttempts | None
    objection: str = ""


class Deliveries:
    """Looks them up in one tenant."""

    def __init__(self, notifications: Notifications, tenant_id: str) -> None:
        self._notifications = notifications
        self._tenant_id = tenant_id

    def of(self, notification_id: UUID) -> Delivery:
        """Never fails: a captured mail can be read without its notification."""
        try:
            return Delivery(notification_id, self._notifications.get(self._tenant_id, notification_id))
        except NotificationNotFound:
            return Delivery(notification_id, None, "The database holds no notification of this mail.")
        except DatabaseUnavailable as error:
            return Delivery(notification_id, None, error.message)
