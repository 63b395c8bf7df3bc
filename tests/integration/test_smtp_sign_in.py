"""Signing in to the SMTP server."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from identity_service.notification.senders import Level, OutgoingMail, TransientFailure, open_sender
from tests.services.smtp import SmtpSink


@contextmanager
def _sink(**options: Any) -> Iterator[SmtpSink]:
    server = SmtpSink(**options)
    try:
        yield server
    finally:
        server.close()


def _mail() -> OutgoingMail:
    message = EmailMessage()
    message["To"] = "ada@example.org"
    message.set_content("Hello\n")
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", "ada@example.org", message)


def _allow_ada(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    allowed = isinstance(data, LoginPassword) and data == LoginPassword(b"ada", "pä:ss".encode())
    return AuthResult(success=allowed, handled=False)


_unencrypted_on_purpose = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
_AUTH = {"authenticator": _allow_ada, "auth_required": True, "auth_require_tls": False}


@_unencrypted_on_purpose
@pytest.mark.parametrize("excluded", [[], ["PLAIN"]], ids=["plain", "login"])
def test_signing_in_works_with_a_percent_encoded_password(excluded: list[str]):
    with _sink(**_AUTH, auth_exclude_mechanism=excluded) as sink:
        sender = open_sender(f"smtp://ada:p%C3%A4%3Ass@127.0.0.1:{sink.port}")
        sender.send(_mail())
        sender.close()

        assert len(sink.mails) == 1
        assert sink.connections_made == 1


@_unencrypted_on_purpose
def test_a_wrong_password_is_transient_explained_and_never_shown():
    with _sink(**_AUTH) as sink:
        sender = open_sender(f"smtp://ada:hunter2-secret@127.0.0.1:{sink.port}")
        with pytest.raises(TransientFailure, match="refused the user name or the password: 535") as it:
            sender.send(_mail())
        (finding,) = sender.check()

    assert finding.level is Level.PROBLEM
    assert "percent-encoded" in finding.remedy
    assert "hunter2" not in f"{it.value} {it.value.remedy} {finding} {sender} {sender!r} {vars(sender)}"


@_unencrypted_on_purpose
def test_a_server_that_wants_a_sign_in_is_no_reason_to_give_a_mail_up():
    with (
        _sink(**_AUTH) as sink,
        pytest.raises(TransientFailure, match="530") as it,
    ):
        open_sender(sink.url).send(_mail())
    assert "user" in it.value.remedy


class _Crammed(SmtpSink):
    """Knows CRAM-MD5 only, with the challenge and the answer of RFC 2195."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return ["250-here", "250 AUTH CRAM-MD5"]

    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        answer = await server.challenge_auth(b"<1896.697170952@postoffice.reston.mci.net>")
        return AuthResult(success=answer == b"tim b913a602c7eda7a495b4e6e7334d3890")


def test_a_server_that_knows_only_cram_md5_never_sees_the_password():
    server = _Crammed(authenticator=_allow_ada, auth_require_tls=False)
    sender = open_sender(f"smtp://tim:tanstaaftanstaaf@127.0.0.1:{server.port}")
    sender.send(_mail())
    sender.close()
    server.close()

    assert len(server.mails) == 1
