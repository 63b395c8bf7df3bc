"""An HTTP edge on real parts, and mails that people other than the service wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine

from identity_service import bootstrap
from identity_service.ids import new_id
from identity_service.notification.senders import Mailbox, OutgoingMail
from identity_service.notification.senders.capture import CaptureSender
from identity_service.web.parts import DevelopmentParts, EdgeParts
from tests.services.household import Household

ADDRESS = "127.0.0.1:8080"


def parts_of(household: Household, mail: Path, address: str = ADDRESS) -> EdgeParts:
    """The parts of `dev`, on the household's database, showing the mails in the folder `mail`."""
    return EdgeParts(
        preferences=household.journeys.preferences,
        unsubscribe_links=bootstrap.unsubscribe_links(household.core),
        jwks=household.journeys.access_tokens.jwks,
        ping=household.core.database.ping,
        registry=CollectorRegistry(),
        development=DevelopmentParts(
            mailbox=Mailbox(mail),
            notifications=household.journeys.notifications,
            verify_email=household.journeys.verify_email,
            http_address=address,
            grpc_address="127.0.0.1:50051",
        ),
    )


def in_production(parts: EdgeParts) -> EdgeParts:
    """The same edge without the pages of `dev`."""
    return replace(parts, development=None)


@contextmanager
def without_database(household: Household) -> Iterator[None]:
    """The household's database cannot be opened meanwhile."""
    database = household.core.database
    engine, database.engine = database.engine, create_engine("sqlite:////")  # a folder is no database
    yield
    database.engine = engine


def capture(
    folder: Path,
    *,
    subject: str = "Hello",
    to: str = "ada@example.com",
    text: str | None = "Hello Ada\n",
    html: str | None = None,
) -> UUID:
    """Writes a mail into the mailbox, with no notification in the database."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Example <no-reply@example.com>", to, subject
    if text is not None:
        message.set_content(text)
    if html is not None:
        (message.add_alternative if text is not None else message.set_content)(html, subtype="html")
    notification_id = new_id()
    CaptureSender(folder).send(OutgoingMail(notification_id, "bounces@example.com", to, message))
    return notification_id
