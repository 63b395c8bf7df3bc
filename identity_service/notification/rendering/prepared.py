"""A mail for many recipients: rendered once, with marks where recipients differ.

Recipients of a campaign differ in their name, address and unsubscribe link alone. So a mail is rendered and composed
once for each tenant, language and user type, and for each recipient only bytes are put in place of the marks:

    notice = Notice("", title, message)
    prepared = writer.prepare(tenant_id, Kind.NOTIFICATION, locale, notice, user_type, unsubscribable=True)
    for row in claimed:
        mail = prepared.for_recipient(
            notification_id=row.id,
            recipient=row.recipient,
            given_name=row.context["given_name"],
            sent_at=row.created_at,
            unsubscribe_url=links.of(row),
        )

`mail` is the `OutgoingMail` that `MailWriter.write` would have made, to the byte. Keep what was prepared only while
sending a batch: a tenant's brand and overrides may change.
"""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass

from identity_service.notification.rendering.rendered import RenderedMail

Render = Callable[[str, str | None], RenderedMail]
"""Renders a mail for a recipient's given name and unsubscribe link."""


@dataclass(frozen=True, slots=True)
class PreparedMail:
    """A rendered mail with marks in place of the name and the unsubscribe link.

    There are two of it, for a mail that greets nobody reads differently. `render` makes the mail of one recipient in
    full. Nothing but the marks differs: templates show a name or ask whether there is one, and do no more with it.
    """

    render: Render
    name_mark: str
    link_mark: str | None
    named: RenderedMail
    nameless: RenderedMail

    @classmethod
    def of(cls, render: Render, *, unsubscribable: bool) -> "PreparedMail":
        """Render both with marks that no text can hold, because nobody knows them."""
        name_mark = _random_letters().capitalize()
        link_mark = f"https://{_random_letters()}.invalid/" if unsubscribable else None
        named, nameless = render(name_mark, link_mark), render("", link_mark)
        return cls(render, name_mark, link_mark, named, nameless)


def _random_letters() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(24))
