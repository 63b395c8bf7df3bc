"""Signing in to a server (RFC 4954). Nothing here puts the password into an error text."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable

from identity_service.notification.senders.failures import TransientFailure
from identity_service.notification.senders.smtp.replies import Reply, quoted
from identity_service.notification.senders.smtp.wire import Wire

_CHALLENGE = 334
_ACCEPTED = 235
_WRONG = "Check user and password in the sender's URL; characters like @ : / % must be percent-encoded."
_NONE_OFFERED = "Some servers offer it only under TLS: use smtps:// or starttls=required, or drop the user."


def sign_in(wire: Wire, user: str, password: str, *, encrypted: bool) -> None:
    """Signs in with the best mechanism that both sides know, or raises TransientFailure."""
    wire.stage = "AUTH"
    reply = _mechanism(wire, encrypted)(wire, user, password)
    if reply[0] == _ACCEPTED:
        return
    said = quoted(reply, (_plain_response(user, password), _base64(password.encode()), password))
    if reply[0] // 100 == 5:
        raise TransientFailure(f"{wire.name} refused the user name or the password: {said}", _WRONG)
    raise TransientFailure(f"{wire.name} could not sign in now: {said}")


def _mechanism(wire: Wire, encrypted: bool) -> Callable[[Wire, str, str], Reply]:
    offered = set(wire.esmtp_features.get("auth", "").upper().split())
    # In the clear the one that does not show the password comes first.
    order = ("PLAIN", "LOGIN", "CRAM-MD5") if encrypted else ("CRAM-MD5", "PLAIN", "LOGIN")
    for name in order:
        if name in offered:
            return _MECHANISMS[name]
    raise TransientFailure(f"{wire.name} offers no way to sign in that is known here", _NONE_OFFERED)


def _plain(wire: Wire, user: str, password: str) -> Reply:
    return wire.docmd("AUTH", "PLAIN " + _plain_response(user, password))


def _login(wire: Wire, user: str, password: str) -> Reply:
    code, text = wire.docmd("AUTH", "LOGIN")
    for answer in (user, password):
        if code == _CHALLENGE:
            code, text = wire.docmd(_base64(answer.encode()))
    return code, text


def _cram_md5(wire: Wire, user: str, password: str) -> Reply:
    code, text = wire.docmd("AUTH", "CRAM-MD5")
    if code != _CHALLENGE:
        return code, text
    digest = hmac.new(password.encode(), b64decode(text), "md5").hexdigest()  # RFC 2195 fixes MD5
    return wire.docmd(_base64(f"{user} {digest}".encode()))


_MECHANISMS = {"PLAIN": _plain, "LOGIN": _login, "CRAM-MD5": _cram_md5}


def _plain_response(user: str, password: str) -> str:
    return _base64(f"\0{user}\0{password}".encode())


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
