"""Mails, and senders that hand them to a server that follows a script."""

import uuid
from email.message import EmailMessage

from identity_service.notification.senders import OutgoingMail
from identity_service.notification.senders.smtp import SmtpSender, SmtpServer, SmtpTimeouts, Tls
from tests.services.scripted_smtp import ScriptedServer

_LINE = "x" * 60 + "\n"


def sender_to(server: ScriptedServer, timeouts: SmtpTimeouts | None = None) -> SmtpSender:
    return SmtpSender(SmtpServer("127.0.0.1", server.port, Tls.OFF), timeouts)


def new_mail(size: int = len(_LINE)) -> OutgoingMail:
    message = EmailMessage()
    message["Message-ID"] = f"<{uuid.uuid4()}@example.org>"
    message["To"] = "ada@example.org"
    message.set_content(_LINE * (size // len(_LINE)))
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", "ada@example.org", message)
