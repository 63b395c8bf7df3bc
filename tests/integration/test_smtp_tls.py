"""Encryption to the SMTP server, with certificates made for the run."""

import ipaddress
import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from identity_service.notification.senders import Level, OutgoingMail, TransientFailure, open_sender
from tests.services.smtp import SmtpSink


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate, which is its own authority."""

    path: Path

    @property
    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context


def _certificate(path: Path, name: x509.GeneralName, days: int = 90) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.stem)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(key_text + certificate.public_bytes(serialization.Encoding.PEM))
    return Certificate(path)


_LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Certificate]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "good": _certificate(folder / "good.pem", _LOOPBACK),
        "ends soon": _certificate(folder / "soon.pem", _LOOPBACK, days=3),
        "other name": _certificate(folder / "other.pem", x509.DNSName("mail.example.org")),
    }


@contextmanager
def _sink(certificate: Certificate | None, **options: object) -> Iterator[SmtpSink]:
    context = certificate and certificate.server_context
    server = SmtpSink(tls_context=context, **options)
    try:
        yield server
    finally:
        server.close()


def _mail() -> OutgoingMail:
    message = EmailMessage()
    message["To"] = "ada@example.org"
    message.set_content("Hello\n")
    return OutgoingMail(uuid.uuid4(), "bounces@example.org", "ada@example.org", message)


def test_a_mail_goes_out_after_starttls_and_the_check_shows_it(certificates: dict[str, Certificate]):
    good = certificates["good"]
    with _sink(good, require_starttls=True) as sink:
        sender = open_sender(f"{sink.url}?starttls=required&ca_file={good.path}")
        sender.send(_mail())
        sender.send(_mail())
        findings = sender.check()
        sender.close()

        assert len(sink.mails) == 2
        # aiosmtpd counts a connection again when it is encrypted.
        assert sink.connections_made == 2 * 2, "one for the mails, one for the check"
    assert {finding.level for finding in findings} == {Level.OK}
    assert any("TLSv1" in finding.text for finding in findings)


def test_a_server_without_starttls_gets_nothing_when_it_is_required():
    with _sink(None) as sink:
        sender = open_sender(f"{sink.url}?starttls=required")
        with pytest.raises(TransientFailure, match="offers no STARTTLS, so nothing was sent"):
            sender.send(_mail())
        assert sink.mails == []


def test_starttls_auto_sends_in_the_clear_where_none_is_offered_but_never_a_password():
    seen: list[object] = []

    def remember(*arguments: object) -> AuthResult:
        seen.append(arguments)
        return AuthResult(success=True)

    with _sink(None, authenticator=remember, auth_require_tls=False) as sink:
        open_sender(f"{sink.url}?starttls=auto").send(_mail())
        assert len(sink.mails) == 1

        sender = open_sender(f"smtp://ada:secret@127.0.0.1:{sink.port}?starttls=auto")
        with pytest.raises(TransientFailure, match="offers no STARTTLS"):
            sender.send(_mail())
    assert seen == []


@pytest.mark.parametrize("mode", ["required", "auto"])
@pytest.mark.parametrize(
    ("served", "trusted", "words"),
    [
        ("good", None, "not trusted: self-signed certificate"),
        ("good", "ends soon", "not trusted"),
        ("other name", "other name", "not trusted: IP address mismatch"),
    ],
)
def test_a_certificate_that_proves_nothing_stops_the_mail(
    certificates: dict[str, Certificate], mode: str, served: str, trusted: str | None, words: str
):
    with _sink(certificates[served]) as sink:
        ca_file = f"&ca_file={certificates[trusted].path}" if trusted else ""
        sender = open_sender(f"{sink.url}?starttls={mode}{ca_file}")
        with pytest.raises(TransientFailure, match=words) as it:
            sender.send(_mail())
        assert sink.mails == []
    assert "ca_file=" in it.value.remedy


def test_a_certificate_that_ends_soon_is_a_warning(certificates: dict[str, Certificate]):
    soon = certificates["ends soon"]
    with _sink(soon) as sink:
        findings = open_sender(f"{sink.url}?starttls=required&ca_file={soon.path}").check()

    (warning,) = [finding for finding in findings if finding.level is Level.WARNING]
    assert "ends soon" in warning.remedy


class _TlsServer:
    """A server that is encrypted from the first byte and takes one mail for each connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self._listener.getsockname()[1]
        self.lines: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rw", encoding="ascii", newline="\r\n") as stream:
            answers = ["220 ready", "250-here\r\n250 HELP", "250 ok", "250 ok", "354 go"]
            for answer in answers:
                stream.write(f"{answer}\r\n")
                stream.flush()
                self.lines.append(stream.readline())
            while stream.readline() != ".\r\n":
                pass
            stream.write("250 taken\r\n")
            stream.flush()
            stream.readline()


def test_smtps_is_encrypted_from_the_first_byte(certificates: dict[str, Certificate]):
    good = certificates["good"]
    server = _TlsServer(good.server_context)
    sender = open_sender(f"smtps://127.0.0.1:{server.port}?ca_file={good.path}")

    assert sender.send(_mail()).provider_reference == "taken"
    assert server.lines[0].startswith("ehlo ")
    sender.close()
    server.close()


def test_smtps_to_a_port_that_begins_in_the_clear_is_explained():
    with _sink(None) as sink:
        sender = open_sender(f"smtps://127.0.0.1:{sink.port}")
        (finding,) = sender.check()

    assert finding.level is Level.PROBLEM
    assert "TLS" in finding.text
    assert "smtps://" in finding.remedy
