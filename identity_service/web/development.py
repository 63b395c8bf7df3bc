"""What `dev` adds: the mailbox, the pages behind the links of mails, and a guard around all of it."""

from collections.abc import Sequence
from threading import Event

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from identity_service.errors import Unavailable
from identity_service.web.commands import first_commands
from identity_service.web.deliveries import Deliveries
from identity_service.web.error_pages import ErrorPages
from identity_service.web.hosts import HostGuard
from identity_service.web.link_pages import PATHS, LinkPages
from identity_service.web.mail_changes import MailChanges
from identity_service.web.mail_list import MailList
from identity_service.web.mailbox_pages import MailboxPages
from identity_service.web.pages import Pages
from identity_service.web.parts import DevelopmentParts
from identity_service.web.verification_pages import VerificationPages


def development_app(routes: Sequence[BaseRoute], parts: DevelopmentParts, stopping: Event) -> ASGIApp:
    """An application of `routes` and the pages of `dev`."""
    pages = Pages()
    errors = ErrorPages(pages)
    app = Starlette(
        routes=[
            *routes,
            *_mailbox_routes(pages, parts, stopping),
            *_verification_routes(pages, parts),
            *(Route(path, LinkPages(pages=pages, grpc_address=parts.grpc_address).explain) for path in PATHS),
        ],
        exception_handlers={404: errors.not_found, Unavailable: errors.unavailable},
    )
    return HostGuard(app, parts.http_address)


def _mailbox_routes(pages: Pages, parts: DevelopmentParts, stopping: Event) -> list[BaseRoute]:
    mails = MailList(parts.mailbox, parts.notifications, parts.tenant_id)
    mailbox = MailboxPages(
        pages=pages,
        mailbox=parts.mailbox,
        mails=mails,
        changes=MailChanges(mails.current, stopping),
        deliveries=Deliveries(parts.notifications, parts.tenant_id),
        commands=first_commands(parts.grpc_address),
        delivered_to=parts.delivered_to,
    )
    return [
        Route("/", mailbox.newest),
        Route("/mails", mailbox.changed_list),
        Route("/mails/{id:uuid}", mailbox.one),
        Route("/mails/{id:uuid}/pane", mailbox.pane),
        Route("/mails/{id:uuid}/delivery", mailbox.delivery),
        Route("/mails/{id:uuid}/html", mailbox.html),
        Route("/mails/{id:uuid}/source", mailbox.source),
    ]


def _verification_routes(pages: Pages, parts: DevelopmentParts) -> list[BaseRoute]:
    verification = VerificationPages(
        pages=pages,
        verify_email=parts.verify_email,
        tenant_id=parts.tenant_id,
        grpc_address=parts.grpc_address,
    )
    return [
        Route("/verify-email", verification.explain, methods=["GET"]),
        Route("/verify-email", verification.verify, methods=["POST"]),
    ]
