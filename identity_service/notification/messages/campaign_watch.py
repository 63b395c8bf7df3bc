"""Whether a campaign still runs, for a sender that asks before every mail."""

import time
from uuid import UUID

from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.queries import messages

LOOK_SECONDS = 0.4
"""How often the database is asked."""


class CampaignWatch:
    """Says for one batch whether its mails are still to be sent; after it has said no, it never says yes again."""

    def __init__(self, database: Database, tenant_id: str, message_id: UUID) -> None:
        """The campaign was seen running just now."""
        self._database = database
        self._key = tenant_id, message_id
        self._runs = True
        self._look_at = time.monotonic() + LOOK_SECONDS

    def goes_on(self) -> bool:
        """Whether it ran when last looked at."""
        if self._runs and time.monotonic() >= self._look_at:
            self._runs = self._look()
            self._look_at = time.monotonic() + LOOK_SECONDS
        return self._runs

    def _look(self) -> bool:
        try:
            with self._database.connect() as connection:
                return messages.may_be_sent(connection, *self._key)
        except DatabaseUnavailable:  # what came of further mails could not be recorded either
            return False
