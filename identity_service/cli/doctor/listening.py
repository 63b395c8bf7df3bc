"""Whether the addresses can be listened at, and by whom they can be reached."""

import errno
from collections.abc import Iterator

from identity_service.cli.addresses import guarded_grpc_address, http_address
from identity_service.cli.tls import tls_files
from identity_service.notification.senders import Finding, Level
from identity_service.rpc.addresses import Address, ListeningRefused, refuse_taken
from identity_service.rpc.transport import TlsFiles
from identity_service.settings import Settings, SettingsRefused
from identity_service.web.server import HttpAddressRefused, listen


def listening(configuration: Settings) -> Iterator[Finding]:
    for look in (_grpc, _http):
        try:
            yield from look(configuration)
        except SettingsRefused as refusal:
            yield Finding(Level.PROBLEM, str(refusal))


def _grpc(configuration: Settings) -> Iterator[Finding]:
    tls, address = tls_files(configuration), guarded_grpc_address(configuration)
    yield _of_port(address) or Finding(Level.OK, f"gRPC at {address.text}, {_encryption(tls)}")
    if not address.is_local and tls is None:
        yield Finding(
            Level.WARNING,
            "API keys, passwords and codes can be read on their way",
            "see that something else encrypts it, or set IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY",
        )


def _encryption(tls: TlsFiles | None) -> str:
    if tls is None:
        return "plaintext"
    return "mutual TLS" if tls.client_ca else "TLS"


def _of_port(address: Address) -> Finding | None:
    try:
        if not address.is_unix_socket:
            refuse_taken(address)
    except ListeningRefused as refusal:
        if not _in_use(refusal):
            return Finding(Level.PROBLEM, f"IDENTITY_GRPC_ADDRESS: {refusal}")
        return _warning_of_use("gRPC", address, "IDENTITY_GRPC_ADDRESS")
    return None


def _http(configuration: Settings) -> Iterator[Finding]:
    address = http_address(configuration)
    try:
        listen(address.text).close()
    except HttpAddressRefused as refusal:
        if not _in_use(refusal):
            yield Finding(Level.PROBLEM, str(refusal))
            return
        yield _warning_of_use("HTTP", address, "IDENTITY_HTTP_ADDRESS")
        return
    yield Finding(Level.OK, f"HTTP at {address.text}")


def _warning_of_use(what: str, address: Address, setting: str) -> Finding:
    return Finding(
        Level.WARNING,
        f"{what} at {address.text}, which is in use",
        f"unless it is this service that runs there, set {setting} to another address",
    )


def _in_use(refusal: HttpAddressRefused | ListeningRefused) -> bool:
    return isinstance(refusal.__cause__, OSError) and refusal.__cause__.errno == errno.EADDRINUSE
