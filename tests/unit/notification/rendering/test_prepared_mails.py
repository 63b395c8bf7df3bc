"""A mail that is prepared for many: each recipient gets the bytes of a mail made for nobody else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.rendering.contexts import CONTEXTS, Notice, Welcome
from identity_service.notification.rendering.mailbox_address import AddressRefusedError
from identity_service.notification.rendering.prepared_message import PreparedMessage
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders.base import OutgoingMail, ReadyMessage
from identity_service.notification.senders.content import content_of
from identity_service.notification.senders.parts import parts_of

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
AT = datetime(2025, 3, 3, 14, 5, 7, tzinfo=UTC)
LINK = "https://example.com/u?t=AZ_-&b=it's"
BRAND = Brand("Müller & Söhne", "https://example.com", "help@example.com", footer="100 % Example, \u200f مثل")
COMPOSER = Composer("Müller & Söhne <no-reply@example.com>")


def _prepared(renderer: Renderer, kind: Kind, locale: str, link: str | None = LINK) -> PreparedMessage:
    mail = renderer.prepare(kind, locale, CONTEXTS[kind].sample(), BRAND, unsubscribable=link is not None)
    return PreparedMessage(COMPOSER, mail)


def _alone(
    renderer: Renderer, kind: Kind, locale: str, name: str, recipient: str = "ada@example.org", link: str | None = LINK
) -> OutgoingMail:
    context = CONTEXTS[kind].sample()
    object.__setattr__(context, "given_name", type(Welcome(name))(name).given_name)
    message = COMPOSER.compose(
        renderer.render(kind, locale, context, BRAND, link),
        notification_id=ID,
        recipient=recipient,
        sent_at=AT,
        unsubscribe_url=link,
    )
    return OutgoingMail(ID, COMPOSER.envelope_from, recipient, message)


def _together(
    prepared: PreparedMessage, name: str, recipient: str = "ada@example.org", link: str | None = LINK
) -> OutgoingMail:
    return prepared.for_recipient(
        notification_id=ID, recipient=recipient, given_name=name, sent_at=AT, unsubscribe_url=link
    )


def test_every_kind_is_the_same_to_the_byte(renderer: Renderer, kind: Kind, locale: str) -> None:
    mail = _together(_prepared(renderer, kind, locale), "Grace")
    assert isinstance(mail.message, ReadyMessage)
    assert content_of(mail) == content_of(_alone(renderer, kind, locale, "Grace"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "أمينة",
        "D'Arcy O\u2019Neill",
        "Nguyễn",
        "x" * 500,
        "é" * 40,
        "<b>Eve</b>",
        "evil.example",
        "Eve\r\nBcc: all@evil.example",
        "J. R. R.",
        "=3D",
        ".",
    ],
)
@pytest.mark.parametrize("kind", [Kind.NOTIFICATION])
def test_every_name_is_the_same_to_the_byte(renderer: Renderer, kind: Kind, locale: str, name: str) -> None:
    mail = _together(_prepared(renderer, kind, locale), name)
    assert content_of(mail) == content_of(_alone(renderer, kind, locale, name))


@pytest.mark.parametrize(
    "recipient",
    [
        "ada.l+news_1@mail.example.org",
        "Ada@Example.ORG",
        "a" * 64 + "@" + "b" * 60 + ".example",
        "ada@bücher.example",
        "أمينة@مثال.example",
        "o'neill/1=2@example.org",
        "a..b@example.org",
    ],
)
@pytest.mark.parametrize("kind", [Kind.NOTIFICATION])
def test_every_address_is_the_same_to_the_byte(renderer: Renderer, kind: Kind, locale: str, recipient: str) -> None:
    mail = _together(_prepared(renderer, kind, locale), "Ada", recipient)
    assert content_of(mail) == content_of(_alone(renderer, kind, locale, "Ada", recipient))


def test_a_mail_nobody_can_unsubscribe_from_is_the_same_to_the_byte(renderer: Renderer, locale: str) -> None:
    mail = _together(_prepared(renderer, Kind.WELCOME, locale, None), "Ada", link=None)
    assert content_of(mail) == content_of(_alone(renderer, Kind.WELCOME, locale, "Ada", link=None))


def test_for_senders_that_write_the_message_themselves_it_says_the_same(renderer: Renderer, locale: str) -> None:
    mail = _together(_prepared(renderer, Kind.NOTIFICATION, locale), "Ada")
    assert parts_of(mail.message) == parts_of(_alone(renderer, Kind.NOTIFICATION, locale, "Ada").message)


def test_recipients_do_not_meet_in_each_others_mails(renderer: Renderer) -> None:
    prepared = _prepared(renderer, Kind.NOTIFICATION, "en")
    other = prepared.for_recipient(
        notification_id=UUID(int=7),
        recipient="zoltan@example.org",
        given_name="Zoltan",
        sent_at=AT,
        unsubscribe_url="https://example.com/u?t=zoltan",
    )
    assert b"oltan" not in content_of(_together(prepared, "Ada")).data
    assert b"Ada" not in content_of(other).data


def test_a_message_that_looks_like_a_mark_stays_as_it_is(renderer: Renderer) -> None:
    notice = Notice("", "100 %s {name}", "Qaaaaaaaaaaaaaaaaaaaaaaaa https://x.invalid/ %(name)s")
    mail = renderer.prepare(Kind.NOTIFICATION, "en", notice, BRAND, unsubscribable=True)
    parts = parts_of(_together(PreparedMessage(COMPOSER, mail), "Ada").message)
    assert parts.subject == notice.title
    assert notice.message in (parts.text or "")


def test_what_is_no_address_is_refused_here_too(renderer: Renderer) -> None:
    with pytest.raises(AddressRefusedError):
        _together(_prepared(renderer, Kind.NOTIFICATION, "en"), "Ada", "a@example.org\r\nBcc: b@example.org")


@pytest.mark.parametrize("link", ["", "https://a.example/\r\nBcc: b", 'https://a.example/"><b>', "javascript:1", None])
def test_a_link_that_breaks_out_is_refused_here_too(renderer: Renderer, link: str | None) -> None:
    with pytest.raises(ValueError, match="unsubscribe link"):
        _together(_prepared(renderer, Kind.NOTIFICATION, "en"), "Ada", link=link)
