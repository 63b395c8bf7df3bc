"""How bytes reach the server: TLS, and the bounds on messages and connections."""

from dataclasses import dataclass
from pathlib import Path

import grpc

from identity_service.rpc.addresses import ListeningRefused

ChannelOptions = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. With `client_ca`, clients must show a certificate that it signed (mutual TLS)."""

    certificate: Path
    private_key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """What a client may ask of a connection."""

    max_request_bytes: int = 1024 * 1024
    max_response_bytes: int = 4 * 1024 * 1024
    min_ping_interval_seconds: int = 20
    """Clients that ping more often, with or without calls, are sent away (too_many_pings)."""
    keepalive_seconds: int = 60
    """After this much silence the server pings; without an answer within 20 s the connection is dropped."""
    max_connection_age_seconds: int = 1800
    """Then clients are asked to reconnect, which spreads them over the processes anew; calls go on."""


def credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Read the files. Raises `ListeningRefused` with the name of one that cannot be read."""
    pair = (_read(files.private_key), _read(files.certificate))
    roots = _read(files.client_ca) if files.client_ca is not None else None
    return grpc.ssl_server_credentials([pair], roots, require_client_auth=roots is not None)


def channel_options(limits: TransportLimits, *, share_port: bool) -> ChannelOptions:
    """gRPC's names for the limits."""
    return [
        ("grpc.so_reuseport", int(share_port)),
        ("grpc.max_receive_message_length", limits.max_request_bytes),
        ("grpc.max_send_message_length", limits.max_response_bytes),
        ("grpc.keepalive_time_ms", limits.keepalive_seconds * 1000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", limits.min_ping_interval_seconds * 1000),
        ("grpc.http2.max_ping_strikes", 2),
        ("grpc.max_connection_age_ms", limits.max_connection_age_seconds * 1000),
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ListeningRefused(f"cannot read the TLS file {path}: {error.strerror}") from error
