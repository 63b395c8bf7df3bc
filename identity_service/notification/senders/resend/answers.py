"""What Resend's answers mean for a mail: accepted, try again, or never."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from identity_service.notification.senders.base import SendReceipt
from identity_service.notification.senders.failures import (
    PermanentFailure,
    SenderDown,
    SendFailed,
    TransientFailure,
    one_line,
    without_secrets,
)

_CHECK_KEY = (
    "Check the API key in the sender's URL, and that it may send from this domain (https://resend.com/api-keys)."
)
_VERIFY_DOMAIN = "Verify the domain of the From address at https://resend.com/domains, or send from one that is."
_CHECK_HOST = "Check the host in the sender's URL: it should be api.resend.com."
_SECONDS = re.compile(r"\d+(\.\d+)?")


class Unclear(TransientFailure):
    """Nobody knows whether the mails were accepted. Repeating them under the same idempotency key is safe."""


class RateLimited(TransientFailure):
    """Not accepted: too many requests at the moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (their names in lower case) and body of one answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body read as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def error_name(self) -> str:
        """Resend's name for what is wrong."""
        return self._error_field("name")

    @property
    def error_text(self) -> str:
        """Resend's sentence for it, without what could be a secret."""
        return without_secrets(self._error_field("message"))

    def _error_field(self, name: str) -> str:
        data = self.data
        return str(data.get(name, "")) if isinstance(data, dict) else ""


def failure_of(answer: Answer, who: str) -> SendFailed | None:
    """Why a request failed; None if it succeeded."""
    status, name = answer.status, answer.error_name
    said = f"{who} answered {status} {name}: {answer.error_text}".rstrip(": ")
    if 200 <= status < 300:
        return None if isinstance(answer.data, dict) else Unclear(f"{who} answered {status} in no words of Resend's")
    if status >= 500 or status in (408, 425) or name == "concurrent_idempotent_requests":
        return Unclear(said, retry_after=retry_after(answer))
    if status == 429:
        kind = SenderDown if "quota" in name else RateLimited
        return kind(said, retry_after=retry_after(answer))
    if status < 400 or status in (401, 403, 404, 405):  # the operator's to mend: no mail is to blame
        return SenderDown(said, _remedy(status, name))
    return PermanentFailure(said)


def _remedy(status: int, name: str) -> str:
    if status == 403 and name == "validation_error":
        return _VERIFY_DOMAIN
    return _CHECK_KEY if status in (401, 403) else _CHECK_HOST


def was_accepted_before(answer: Answer) -> bool:
    """Whether an earlier request with this idempotency key was accepted, and differed from this one."""
    return answer.status == 409 and answer.error_name == "invalid_idempotent_request"


def receipt_of(answer: Answer) -> SendReceipt:
    """The receipt of one accepted mail; without a reference if the answer is to a request that differed from it."""
    return SendReceipt(_reference(answer.data))


def references_of(answer: Answer) -> list[str]:
    """Resend's names for the accepted mails of a batch, in their order."""
    return [_reference(entry) for entry in _entries(answer, "data")]


def refusals_of(answer: Answer) -> dict[int, PermanentFailure]:
    """The mails of a batch that can never be sent, by their place in it."""
    refused = [entry for entry in _entries(answer, "errors") if isinstance(entry.get("index"), int)]
    return {entry["index"]: PermanentFailure(without_secrets(f"refused: {entry.get('message')}")) for entry in refused}


def _entries(answer: Answer, name: str) -> list[dict[str, Any]]:
    data = answer.data
    entries = data.get(name) if isinstance(data, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _reference(entry: Any) -> str:
    return one_line(str(entry.get("id", ""))) if isinstance(entry, dict) else ""


def retry_after(answer: Answer) -> float | None:
    """Seconds to wait, from `Retry-After` (RFC 9110, seconds or a date) or `ratelimit-reset`."""
    given = answer.headers.get("retry-after") or answer.headers.get("ratelimit-reset") or ""
    if _SECONDS.fullmatch(given.strip()):
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError, TypeError):  # TypeError: a date that names no zone
        return None
