"""The composition root: the only place that builds concrete parts and hands them to each other.

A process builds what it needs: a server `Core` and `Journeys`, a worker `Core` and `Mailroom`, `dev` all three.
"""

from identity_service.bootstrap.core import Core, build_core, require_schema
from identity_service.bootstrap.journeys import Journeys, build_journeys
from identity_service.bootstrap.journeys.mails import preferences, unsubscribe_links
from identity_service.bootstrap.journeys.operators import api_keys
from identity_service.bootstrap.journeys.signing_in import access_tokens
from identity_service.bootstrap.mailroom import Mailroom, build_mailroom, mail_writer

__all__ = [
    "Core",
    "Journeys",
    "Mailroom",
    "access_tokens",
    "api_keys",
    "build_core",
    "build_journeys",
    "build_mailroom",
    "mail_writer",
    "preferences",
    "require_schema",
    "unsubscribe_links",
]
