"""What the HTTP edge is made of; whoever starts it hands these in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from prometheus_client.registry import Collector

from identity_service.identity.verify_email import VerifyEmail
from identity_service.notification.preferences import Preferences
from identity_service.notification.reading import Notifications
from identity_service.notification.senders.mailbox import Mailbox
from identity_service.notification.unsubscribe_links import UnsubscribeLinks


@dataclass(frozen=True, slots=True)
class DevelopmentParts:
    """What the pages of `dev` need.

    `http_address` is the configured one: besides the names of loopback, the only one that requests may come by.
    `delivered_to` names where mail goes if it is not captured, so that the empty mailbox can say why it is empty.
    """

    mailbox: Mailbox
    notifications: Notifications
    verify_email: VerifyEmail
    http_address: str
    grpc_address: str
    tenant_id: str = "default"
    delivered_to: str = ""


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """What every edge needs; with `development` it has pages, too.

    `ping` returns while the service can work and raises while it cannot. `metrics_folder` is where several processes
    keep their metrics (Prometheus' multi-process mode); without it `registry` is what this process alone has counted.
    `stopping` is set when the server is about to end: it is the one that the HttpServer gets.
    """

    preferences: Preferences
    unsubscribe_links: UnsubscribeLinks
    jwks: Callable[[], Mapping[str, Any]]
    ping: Callable[[], None]
    registry: Collector
    metrics_folder: Path | None = None
    stopping: Event = field(default_factory=Event)
    development: DevelopmentParts | None = None
