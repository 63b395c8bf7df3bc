"""Senders: the interchangeable last step, which hands a finished mail to the outside world."""

from identity_service.notification.senders.base import (
    Finding,
    Level,
    MailParts,
    OutgoingMail,
    ReadyMessage,
    Sender,
    SendReceipt,
    SendResult,
)
from identity_service.notification.senders.directory import SenderDirectory
from identity_service.notification.senders.failover import FailoverSender
from identity_service.notification.senders.failures import (
    NotTried,
    PermanentFailure,
    SenderDown,
    SendFailed,
    TransientFailure,
)
from identity_service.notification.senders.mailbox import CapturedMail, Mailbox, MailSummary
from identity_service.notification.senders.opening import open_sender

__all__ = [
    "CapturedMail",
    "FailoverSender",
    "Finding",
    "Level",
    "MailParts",
    "MailSummary",
    "Mailbox",
    "NotTried",
    "OutgoingMail",
    "PermanentFailure",
    "ReadyMessage",
    "SendFailed",
    "SendReceipt",
    "SendResult",
    "Sender",
    "SenderDirectory",
    "SenderDown",
    "TransientFailure",
    "open_sender",
]
