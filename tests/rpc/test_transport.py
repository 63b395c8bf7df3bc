"""TLS, and what the server does not take from a connection."""

import socket
import struct
from pathlib import Path

import grpc
import pytest
from identity.v1 import session_service_pb2_grpc
from identity.v1.session_service_pb2 import SignInRequest, SignInResponse
from structlog.testing import capture_logs

from identity_service.rpc.addresses import ListeningRefused
from identity_service.rpc.server import ServerSettings
from identity_service.rpc.transport import TlsFiles, TransportLimits
from tests.rpc.certificates import Authority, KeyPair
from tests.rpc.fakes import World, sign_in_request

PING_FRAME = struct.pack(">I", 8)[1:] + b"\x06\x00" + struct.pack(">I", 0) + b"12345678"
EMPTY_SETTINGS_FRAME = b"\x00\x00\x00\x04\x00" + struct.pack(">I", 0)


def sign_in(channel: grpc.Channel) -> SignInResponse:
    return session_service_pb2_grpc.SessionServiceStub(channel).SignIn(sign_in_request(), timeout=5)


def secure_channel(port: int, authority: Authority, client: KeyPair | None = None) -> grpc.Channel:
    credentials = grpc.ssl_channel_credentials(
        authority.certificate.read_bytes(),
        client.private_key.read_bytes() if client else None,
        client.certificate.read_bytes() if client else None,
    )
    return grpc.secure_channel(f"127.0.0.1:{port}", credentials)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def server_files(authority: Authority) -> TlsFiles:
    pair = authority.issue("server")
    return TlsFiles(pair.certificate, pair.private_key)


@pytest.fixture
def mutual_files(authority: Authority, server_files: TlsFiles) -> TlsFiles:
    return TlsFiles(server_files.certificate, server_files.private_key, client_ca=authority.certificate)


def test_with_tls_a_client_that_trusts_the_authority_is_served(start_server, authority, server_files) -> None:
    port = start_server(World(settings=ServerSettings("127.0.0.1:0", tls=server_files))).port
    with secure_channel(port, authority) as channel:
        assert sign_in(channel) == SignInResponse()


def test_with_tls_a_plaintext_client_is_not_served(start_server, connect, server_files) -> None:
    port = start_server(World(settings=ServerSettings("127.0.0.1:0", tls=server_files))).port
    with pytest.raises(grpc.RpcError) as refused:
        sign_in(connect(port))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_with_mutual_tls_a_client_with_a_certificate_is_served(start_server, authority, mutual_files) -> None:
    port = start_server(World(settings=ServerSettings("127.0.0.1:0", tls=mutual_files))).port
    with secure_channel(port, authority, authority.issue("backend")) as channel:
        assert sign_in(channel) == SignInResponse()


def test_with_mutual_tls_a_client_without_a_certificate_is_not_served(start_server, authority, mutual_files) -> None:
    port = start_server(World(settings=ServerSettings("127.0.0.1:0", tls=mutual_files))).port
    with secure_channel(port, authority) as channel, pytest.raises(grpc.RpcError) as refused:
        sign_in(channel)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_with_mutual_tls_a_certificate_of_another_authority_is_not_served(
    start_server, authority, mutual_files, tmp_path
) -> None:
    stranger = Authority(tmp_path, "stranger").issue("intruder")
    port = start_server(World(settings=ServerSettings("127.0.0.1:0", tls=mutual_files))).port
    with secure_channel(port, authority, stranger) as channel, pytest.raises(grpc.RpcError):
        sign_in(channel)


def test_a_tls_file_that_is_missing_is_named(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "missing.pem", tmp_path / "missing.key")
    with pytest.raises(ListeningRefused, match=r"missing\.key"):
        World(settings=ServerSettings("127.0.0.1:0", tls=files)).build().start()


def test_a_tls_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    with pytest.raises(ListeningRefused):
        World(settings=ServerSettings("127.0.0.1:0", tls=TlsFiles(nonsense, nonsense))).build().start()


def test_it_does_not_listen_beyond_loopback_without_tls() -> None:
    with pytest.raises(ListeningRefused, match=r"unencrypted\. Set IDENTITY_TLS_CERTIFICATE"):
        World(settings=ServerSettings("0.0.0.0:0")).build().start()


def test_it_listens_beyond_loopback_when_the_risk_is_accepted_and_warns(start_server) -> None:
    settings = ServerSettings("0.0.0.0:0", allow_plaintext_beyond_loopback=True)
    with capture_logs() as logs:
        start_server(World(settings=settings))
    assert {"event": "rpc.plaintext_beyond_loopback", "log_level": "warning"}.items() <= logs[0].items()


def test_tls_beyond_loopback_needs_no_warning(start_server, mutual_files) -> None:
    with capture_logs() as logs:
        start_server(World(settings=ServerSettings("0.0.0.0:0", tls=mutual_files)))
    assert "rpc.plaintext_beyond_loopback" not in {entry["event"] for entry in logs}


def test_an_address_in_use_is_refused_clearly(start_server) -> None:
    port = start_server(World()).port
    with pytest.raises(ListeningRefused, match=f"127.0.0.1:{port}: another process listens there"):
        World(settings=ServerSettings(f"127.0.0.1:{port}")).build().start()


def test_processes_that_share_a_port_can_listen_at_it_together(start_server) -> None:
    first = start_server(World(settings=ServerSettings("127.0.0.1:0", share_port=True)))
    second = start_server(World(settings=ServerSettings(f"127.0.0.1:{first.port}", share_port=True)))
    assert second.port == first.port


def test_it_listens_at_a_unix_socket(start_server, tmp_path: Path) -> None:
    start_server(World(settings=ServerSettings(f"unix:{tmp_path}/identity.sock")))
    with grpc.insecure_channel(f"unix:{tmp_path}/identity.sock") as channel:
        assert sign_in(channel) == SignInResponse()


def test_a_request_over_the_size_limit_is_refused_unread(start_server, connect) -> None:
    limits = TransportLimits(max_request_bytes=1024)
    world = World(settings=ServerSettings("127.0.0.1:0", limits=limits))
    stub = session_service_pb2_grpc.SessionServiceStub(connect(start_server(world).port))
    with pytest.raises(grpc.RpcError) as refused:
        stub.SignIn(SignInRequest(email="ada@example.org", password="x" * 2000), timeout=5)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "1024" in refused.value.details()
    assert stub.SignIn(sign_in_request(), timeout=5) == SignInResponse()


def test_a_client_that_pings_too_often_is_sent_away(start_server) -> None:
    port = start_server(World()).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + EMPTY_SETTINGS_FRAME + PING_FRAME * 10)
        received = b""
        while b"too_many_pings" not in received:
            chunk = client.recv(4096)
            assert chunk, "the connection ended without a reason"
            received += chunk
