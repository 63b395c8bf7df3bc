"""The routes of `dev`: the mailbox, the page behind the link of a verification mail, and what both are drawn with."""

from collections.abc import Callable, Mapping
from threading import Event

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from identity_service.errors import Unavailable
from identity_service.web import assets
from identity_service.web.commands import first_commands
from identity_service.web.deliveries import Deliveries
from identity_service.web.mail_changes import MailChanges
from identity_service.web.mail_list import MailList
from identity_service.web.mailbox_pages import MailboxPages
from identity_service.web.pages import Pages
from identity_service.web.parts import DevelopmentParts
from identity_service.web.verification_pages import VerificationPages

_PAGES = Pages()


def development_routes(parts: DevelopmentParts, stopping: Event) -> list[BaseRoute]:
    """All pages of `dev`."""
    mails = MailList(parts.mailbox, parts.notifications, parts.tenant_id)
    mailbox = MailboxPages(
        pages=_PAGES,
        mailbox=parts.mailbox,
        mails=mails,
        changes=MailChanges(mails.current, stopping),
        deliveries=Deliveries(parts.notifications, parts.tenant_id),
        commands=first_commands(parts.grpc_address),
        delivered_to=parts.delivered_to,
    )
    verification = VerificationPages(
        pages=_PAGES,
        verify_email=parts.verify_email,
        tenant_id=parts.tenant_id,
        grpc_address=parts.grpc_address,
    )
    return [
        Route("/", mailbox.newest),
        Route("/mails", mailbox.changed_list),
        Route("/mails/{id:uuid}", mailbox.one),
        Route("/mails/{id:uuid}/pane", mailbox.pane),
        Route("/mails/{id:uuid}/delivery", mailbox.delivery),
        Route("/mails/{id:uuid}/html", mailbox.html),
        Route("/mails/{id:uuid}/source", mailbox.source),
        Route("/verify-email", verification.explain, methods=["GET"]),
        Route("/verify-email", verification.verify, methods=["POST"]),
        Route("/assets/{name}", assets.answer),
    ]


ErrorPage = Callable[[Request, Exception], Response]


def error_pages() -> Mapping[int | type[Exception], ErrorPage]:
    """What people see instead of a page."""
    return {404: _not_found, Unavailable: _unavailable}


def _not_found(_request: Request, _error: Exception) -> Response:
    return _PAGES.message("There is no such page", "The mail may have been removed, or the address is wrong.", 404)


def _unavailable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)  # noqa: S101 - registered for nothing else
    return _PAGES.message("Not available at the moment", error.message, 503)
