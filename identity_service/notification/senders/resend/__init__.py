"""Resend's HTTP API (https://resend.com/docs/api-reference): single mails, and batches of up to a hundred."""

from identity_service.notification.senders.resend.account import ResendAccount, ResendTimeouts
from identity_service.notification.senders.resend.sender import ResendSender
from identity_service.notification.senders.resend.url import resend_account_from_url

__all__ = ["ResendAccount", "ResendSender", "ResendTimeouts", "resend_account_from_url"]
