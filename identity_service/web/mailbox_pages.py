"""The mailbox: a list of captured mails, one of them opened. All of it only reads."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from identity_service.notification.senders.mailbox import CapturedMail, Mailbox
from identity_service.web.commands import Command
from identity_service.web.deliveries import Deliveries
from identity_service.web.mail_changes import MailChanges, TooManyWaiting
from identity_service.web.mail_list import MailList
from identity_service.web.mail_view import FRAME_POLICY, framed, lines, one_time_code
from identity_service.web.pages import Pages

LONGEST_WAIT_SECONDS = 25
ASK_AGAIN_SECONDS = 5


class MailboxPages:
    """The pages, and the parts of them that the script asks for."""

    def __init__(
        self,
        *,
        pages: Pages,
        mailbox: Mailbox,
        mails: MailList,
        changes: MailChanges,
        deliveries: Deliveries,
        commands: Sequence[Command],
        delivered_to: str,
    ) -> None:
        self._pages = pages
        self._mailbox = mailbox
        self._mails = mails
        self._changes = changes
        self._deliveries = deliveries
        self._commands = commands
        self._delivered_to = delivered_to

    def newest(self, _request: Request) -> Response:
        """The mailbox with the newest mail open; on a narrow screen, with the list."""
        for mail in self._mails.current().mails:
            if opened := self._mailbox.read(mail.summary.notification_id):
                return self._page(opened, view="list")
        return self._page(None, view="list")

    def one(self, request: Request) -> Response:
        """The mailbox with the named mail open."""
        return self._page(self._mail(request), view="mail")

    def pane(self, request: Request) -> Response:
        """The opened mail alone."""
        return self._pages.answer("_mail.html", **self._opened(self._mail(request)))

    def delivery(self, request: Request) -> Response:
        """What became of a mail, alone."""
        delivery = self._deliveries.of(request.path_params["id"])
        return self._pages.answer("_delivery.html", delivery=delivery)

    def html(self, request: Request) -> Response:
        """The HTML of a mail, for a frame."""
        mail = self._mail(request)
        if mail.html is None:
            raise HTTPException(404)
        headers = {"Content-Security-Policy": FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(framed(mail.html), headers=headers)

    def source(self, request: Request) -> Response:
        """The mail as a file that mail programs open."""
        mail = self._mail(request)
        disposition = f'attachment; filename="{mail.summary.notification_id}.eml"'
        return Response(mail.source, headers={"Content-Disposition": disposition}, media_type="message/rfc822")

    async def changed_list(self, request: Request) -> Response:
        """The list, once it is not of the version `after` any more, or 204 after `wait` seconds."""
        after, wait = request.query_params.get("after", ""), _seconds(request.query_params.get("wait", ""))
        waiting = asyncio.ensure_future(self._changes.after(after, wait))
        leaving = asyncio.ensure_future(_gone(request))
        await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not waiting.done():
            waiting.cancel()
            return Response(status_code=204)
        try:
            listing = await waiting
        except TooManyWaiting:
            return Response(status_code=503, headers={"Retry-After": str(ASK_AGAIN_SECONDS)})
        if listing is None:
            return Response(status_code=204)
        return await run_in_threadpool(self._pages.answer, "_list.html", listing=listing, selected=None)

    def _page(self, opened: CapturedMail | None, *, view: str) -> Response:
        values = {
            "listing": self._mails.current(),
            "selected": opened.summary.notification_id if opened else None,
            "view": view,
            "commands": self._commands,
            "delivered_to": self._delivered_to,
        }
        return self._pages.answer("mailbox.html", **values, **(self._opened(opened) if opened else {"mail": None}))

    def _opened(self, mail: CapturedMail) -> dict[str, object]:
        return {
            "mail": mail,
            "code": one_time_code(mail.text),
            "lines": lines(mail.text or ""),
            "delivery": self._deliveries.of(mail.summary.notification_id),
        }

    def _mail(self, request: Request) -> CapturedMail:
        notification_id: UUID = request.path_params["id"]
        mail = self._mailbox.read(notification_id)
        if mail is None:
            raise HTTPException(404)
        return mail


async def _gone(request: Request) -> None:
    """Returns when the other side has left: the page was closed."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _seconds(text: str) -> float:
    return min(int(text[:9]), LONGEST_WAIT_SECONDS) if text.isdecimal() else LONGEST_WAIT_SECONDS
