"""A message taken apart, for senders whose other side writes it anew."""

from email.message import EmailMessage

from identity_service.notification.senders.base import MailParts, ReadyMessage

_ELSEWHERE = frozenset({"from", "to", "subject", "mime-version", "content-type", "content-transfer-encoding"})


def parts_of(message: EmailMessage | ReadyMessage) -> MailParts:
    """What `message` says."""
    if isinstance(message, ReadyMessage):
        return message.parts()
    return MailParts(
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers={name: str(value) for name, value in message.items() if name.lower() not in _ELSEWHERE},
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return None if part is None else str(part.get_content())
