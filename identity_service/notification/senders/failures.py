"""Why a mail could not be handed over, in words that are safe to store, show and log."""

import re

LONGEST_TEXT = 300

# A server may quote the mail it refuses: hide what could be a six-digit code or a link token.
_POSSIBLE_SECRET = re.compile(r"(?<!\d)\d{6}(?!\d)|[A-Za-z0-9_=-]{40,}")


class SendFailed(Exception):
    """A sender did not take the mail.

    `text` says what happened, on one printable line of at most 300 characters, without passwords
    or message content. `remedy` says how an operator can mend it; it may be empty.
    """

    def __init__(self, text: str, remedy: str = "") -> None:
        self.text = one_line(text)
        self.remedy = one_line(remedy)
        super().__init__(self.text)


class TransientFailure(SendFailed):
    """The same mail may go through later: network, overload, or a server that is set up wrongly.

    `retry_after`, in seconds, is how long the other side asks to be left alone; None if it does not say.
    """

    def __init__(self, text: str, remedy: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(text, remedy)
        self.retry_after = retry_after


class NotTried(TransientFailure):
    """The mail was one of several, and its turn did not come. Nobody has tried it: no attempt is spent."""

    def __init__(
        self, text: str = "its turn did not come", remedy: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(text, remedy, retry_after=retry_after)


class SenderDown(TransientFailure):
    """The server cannot be reached, or takes nothing from us. No mail is to blame: one of many spends no attempt."""


class PermanentFailure(SendFailed):
    """This mail will never go through: sending it again is useless."""


def one_line(text: str) -> str:
    """`text` without line breaks, control and direction characters, cut to 300 characters."""
    visible = "".join(char if char.isprintable() else " " for char in text[: LONGEST_TEXT * 4])
    joined = " ".join(visible.split())
    return joined if len(joined) <= LONGEST_TEXT else joined[: LONGEST_TEXT - 1] + "…"


def without_secrets(text: str) -> str:
    """`text` with anything that looks like a code or a token replaced by `***`."""
    return _POSSIBLE_SECRET.sub("***", text)


def os_reason(error: BaseException) -> str:
    """The operating system's words for `error`, without its number or the file name."""
    reason = getattr(error, "strerror", None)
    return str(reason or error or type(error).__name__)
