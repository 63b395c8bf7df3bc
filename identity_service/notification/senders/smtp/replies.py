"""What a server's refusal means for the mail: try again, or never."""

from collections.abc import Iterable

from identity_service.notification.senders.failures import (
    PermanentFailure,
    SendFailed,
    TransientFailure,
    one_line,
    without_secrets,
)
from identity_service.notification.senders.smtp.wire import ServerGone, Wire

Reply = tuple[int, bytes]

_CLOSING = 421
_OUT_OF_STEP = 503
# RFC 4954, 6: the server wants a sign-in, or a better one. No mail is to blame for that.
_SIGN_IN_WANTED = {530, 534, 535, 538}
_CHECK_SIGN_IN = "Check the user, the password and starttls in the sender's URL."


def accepted(wire: Wire, reply: Reply, digit: int) -> str:
    """The text of `reply` if its first digit, which alone decides (RFC 5321, 4.2.1), is `digit`."""
    code, text = reply
    if code // 100 != digit:
        raise refusal(wire, reply)
    return one_line(_decoded(text))


def refusal(wire: Wire, reply: Reply) -> SendFailed:
    """The failure for a refused mail: 5xx is final, all else is worth another try.

    Closes a connection that the server ends, and one on which nobody could tell any more what answers what.
    """
    code = reply[0]
    said = f"{wire.name} refused {wire.stage}: {quoted(reply)}"
    if code == _CLOSING or not 400 <= code < 600:
        wire.close()
        return ServerGone(said)
    if code == _OUT_OF_STEP:  # no mail is to blame for the order of our commands
        return TransientFailure(said)
    if code in _SIGN_IN_WANTED:
        return TransientFailure(said, _CHECK_SIGN_IN)
    return PermanentFailure(said) if code // 100 == 5 else TransientFailure(said)


def setup_refusal(wire: Wire, reply: Reply, remedy: str) -> TransientFailure:
    """The failure for a refused connection: a matter of the server or of the configuration."""
    return TransientFailure(f"{wire.name} refused {wire.stage}: {quoted(reply)}", remedy)


def quoted(reply: Reply, secrets: Iterable[str] = ()) -> str:
    """The reply in one line, without `secrets` and without what looks like a code or a token."""
    code, text = reply
    words = _decoded(text)
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    words = without_secrets(words)
    return f"{code} {words}" if code > 0 else f"an answer that is not SMTP: {words}"


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")
