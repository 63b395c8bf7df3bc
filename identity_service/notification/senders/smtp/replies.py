"""What a server's refusal means for the mail: try again, or never."""

import re
from collections.abc import Iterable

from identity_service.notification.senders.failures import (
    PermanentFailure,
    SenderDown,
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
_CHECK_FROM = "See that the account may send from the From address, and that it has not reached its sending limit."

_STATUS = re.compile(rb"5\.\d{1,3}\.\d{1,3}(?!\S)")
# RFC 3463 and RFC 6531: too long, too big, an address outside ASCII.
_OF_ONE_MAIL = {b"5.2.3", b"5.3.4", b"5.6.7"}
_TOO_BIG, _NAME_REFUSED, _PARAMETER_REFUSED = 552, 553, 555


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
        return SenderDown(said, _CHECK_SIGN_IN)
    return PermanentFailure(said) if code // 100 == 5 else TransientFailure(said)


def sender_refusal(wire: Wire, reply: Reply, *, utf8: bool) -> SendFailed:
    """The failure for a refused MAIL FROM, which asked for SMTPUTF8 if `utf8`.

    All mails come from us, so 5xx is the operator's to mend, unless it is this mail's size or script that is refused.
    """
    failure = refusal(wire, reply)
    if isinstance(failure, TransientFailure) or _blames_the_mail(wire, reply, utf8=utf8):
        return failure
    return SenderDown(failure.text, _CHECK_FROM)


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


def _blames_the_mail(wire: Wire, reply: Reply, *, utf8: bool) -> bool:
    code, text = reply
    if utf8 and code == _PARAMETER_REFUSED:
        return True
    if status := _STATUS.match(text):
        return status[0] in _OF_ONE_MAIL
    return (utf8 and code == _NAME_REFUSED) or (code == _TOO_BIG and wire.has_extn("size"))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")
