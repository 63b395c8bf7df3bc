"""Senders: the interchangeable last step, which hands a finished mail to the outside world."""

from identity_service.notification.senders.base import (
    Finding,
    Level,
    OutgoingMail,
    Sender,
    SendReceipt,
)
from identity_service.notification.senders.failures import PermanentFailure, SendFailed, TransientFailure
from identity_service.notification.senders.mailbox import CapturedMail, Mailbox, MailSummary
from identity_service.notification.senders.opening import open_sender

__all__ = [
    "CapturedMail",
    "Finding",
    "Level",
    "MailSummary",
    "Mailbox",
    "OutgoingMail",
    "PermanentFailure",
    "SendFailed",
    "SendReceipt",
    "Sender",
    "TransientFailure",
    "open_sender",
]
