"""Mails, and senders that post them to a server that speaks Resend's protocol."""

import uuid
from email.message import EmailMessage

from identity_service.notification.senders import OutgoingMail
from identity_service.notification.senders.resend import ResendSender, ResendTimeouts, resend_account_from_url
from tests.services.resend import KEY, ResendServer

PATIENT = ResendTimeouts(single_wait=30)
IMPATIENT = ResendTimeouts(single_wait=0)
"""Waits for its turn with several mails at once, and never with one."""


def sender_to(resend: ResendServer, timeouts: ResendTimeouts = IMPATIENT, key: str = KEY) -> ResendSender:
    return ResendSender(resend_account_from_url(resend.url(key)), timeouts)


def new_mail(recipient: str = "ada@example.org") -> OutgoingMail:
    notification_id = uuid.uuid4()
    message = EmailMessage()
    message["From"] = "Example <no-reply@example.org>"
    message["To"] = recipient
    message["Subject"] = "رمز الدخول"
    message["Reply-To"] = "help@example.org"
    message["Message-ID"] = f"<{notification_id}@example.org>"
    message["Date"] = "Fri, 20 Nov 2026 11:00:00 +0000"
    message.set_content("Hello, café\n")
    message.add_alternative("<p>Hello, café</p>\n", subtype="html")
    return OutgoingMail(notification_id, "bounces@example.org", recipient, message)
