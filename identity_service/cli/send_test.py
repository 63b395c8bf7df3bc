"""identity-service send-test: a sample of a kind of mail, through the configured sender."""

import argparse

from identity_service import settings
from identity_service.bootstrap import configured, senders
from identity_service.cli.terminal import complain, say
from identity_service.clock import utc_now
from identity_service.ids import new_id
from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.mailbox_address import AddressRefusedError, MailboxAddress
from identity_service.notification.rendering.renderer import Renderer
from identity_service.notification.senders import OutgoingMail, SendFailed
from identity_service.notification.senders.directory import DEFAULT
from identity_service.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipient", type=_recipient, help="the address to send to")
    parser.add_argument(
        "--kind",
        choices=[*map(str, Kind), "all"],
        default=Kind.VERIFICATION,
        metavar="KIND",
        help=f"which mail: {', '.join(Kind)}, or all of them with `all` (default: %(default)s)",
    )
    parser.add_argument(
        "--sender", default=DEFAULT, help="name of the sender, of IDENTITY_SENDERS (default: that of IDENTITY_SENDER)"
    )
    parser.add_argument(
        "--locale", default="en", help="its language, such as ar; for one without a translation, and by default, en"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when every mail was accepted, 1 when one was not."""
    configuration = settings.load()
    sender = senders.by_name(configuration).get(arguments.sender)
    if sender is None:
        complain(f"IDENTITY_SENDERS names no sender {arguments.sender}.")
        return 1
    kinds = list(Kind) if arguments.kind == "all" else [Kind(arguments.kind)]
    say(f"Sending with {sender}, from {configuration.from_}")
    try:
        for kind in kinds:
            receipt = sender.send(_sample(configuration, kind, arguments.locale, arguments.recipient))
            say(f"{kind}: accepted. {receipt.provider_reference}")
    except SendFailed as failure:
        complain(f"{kind}: not accepted: {failure}\n`identity-service doctor` says what may be wrong.")
        return 1
    finally:
        sender.close()
    return 0


def _recipient(text: str) -> str:
    try:
        MailboxAddress.of(text)
    except AddressRefusedError as refusal:
        raise argparse.ArgumentTypeError(str(refusal)) from None
    return text


def _sample(configuration: Settings, kind: Kind, locale: str, recipient: str) -> OutgoingMail:
    composer, notification_id = configured.composer(configuration), new_id()
    renderer = Renderer.from_package()
    rendered = renderer.render(kind, locale, renderer.sample(kind, locale), configured.brand(configuration))
    message = composer.compose(rendered, notification_id=notification_id, recipient=recipient, sent_at=utc_now())
    return OutgoingMail(notification_id, composer.envelope_from, recipient, message)
