"""The configured senders by their names, and which of them sends a tenant's mails."""

from collections.abc import Callable, Mapping
from typing import Self

import structlog

from identity_service.notification.senders.base import Sender

DEFAULT = "default"
"""The name of the sender for tenants that name none."""

log = structlog.get_logger(__name__)


class SenderDirectory:
    """Senders for all tenants. `name_of` a tenant is the name of its sender, or empty."""

    def __init__(self, senders: Mapping[str, Sender], name_of: Callable[[str], str]) -> None:
        self._senders = senders
        self._name_of = name_of
        self._missed: set[tuple[str, str]] = set()

    @classmethod
    def of_one(cls, sender: Sender) -> Self:
        """A directory in which all tenants have the same sender."""
        return cls({DEFAULT: sender}, lambda tenant_id: DEFAULT)

    @property
    def default(self) -> Sender:
        """The sender for tenants that name none."""
        return self._senders[DEFAULT]

    def of_tenant(self, tenant_id: str) -> Sender:
        """The tenant's sender; the default one if it names none, or one that is not configured here."""
        name = self._name_of(tenant_id) or DEFAULT
        sender = self._senders.get(name)
        if sender is None:
            self._tell_of_missing(tenant_id, name)
        return sender or self.default

    def close(self) -> None:
        """Close all senders."""
        for sender in self._senders.values():
            sender.close()

    def _tell_of_missing(self, tenant_id: str, name: str) -> None:
        if (tenant_id, name) not in self._missed:  # one line, not one a mail
            self._missed.add((tenant_id, name))
            log.warning("sender_unknown", tenant_id=tenant_id, sender=name)
