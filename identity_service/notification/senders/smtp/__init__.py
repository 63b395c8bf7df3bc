"""SMTP (RFC 5321) with TLS, authentication and one kept connection for each thread."""

from identity_service.notification.senders.smtp.sender import SmtpSender
from identity_service.notification.senders.smtp.server import SmtpServer, SmtpTimeouts, Tls
from identity_service.notification.senders.smtp.url import smtp_server_from_url

__all__ = ["SmtpSender", "SmtpServer", "SmtpTimeouts", "Tls", "smtp_server_from_url"]
