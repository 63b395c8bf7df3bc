"""Mails as Resend's API takes them."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from identity_service.notification.senders.addresses import envelope_address
from identity_service.notification.senders.base import OutgoingMail
from identity_service.notification.senders.parts import parts_of

_WRITTEN_BY_RESEND = frozenset({"date", "reply-to"})


def payload_of(mail: OutgoingMail) -> dict[str, Any]:
    """One mail. Raises PermanentFailure for an address that is none."""
    parts = parts_of(mail.message)
    headers = {name: value for name, value in parts.headers.items() if name.lower() not in _WRITTEN_BY_RESEND}
    reply_to = next((value for name, value in parts.headers.items() if name.lower() == "reply-to"), None)
    payload = {
        "from": parts.sender,
        "to": [envelope_address(mail.recipient)],
        "subject": parts.subject,
        "text": parts.text,
        "html": parts.html,
        "reply_to": reply_to,
        "headers": headers,
    }
    return {name: value for name, value in payload.items() if value is not None}


def as_json(payload: Any) -> bytes:
    """The same bytes for the same mails: Resend compares them before it repeats an answer."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def batch_key(mails: Sequence[OutgoingMail]) -> str:
    """The idempotency key of several mails together."""
    ids = ",".join(sorted(str(mail.notification_id) for mail in mails))
    return f"batch/{hashlib.sha256(ids.encode()).hexdigest()}"
