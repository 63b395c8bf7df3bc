"""Whether the addresses can be listened at, and by whom they can be reached."""

import errno
from collections.abc import Iterator

from identity_service.cli.addresses import guarded_grpc_address, http_address, refused_by_name
from identity_service.cli.tls import tls_files
from identity_service.notification.senders import Finding, Level
from identity_service.rpc.transport import credentials
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
    if tls is not None:
        with refused_by_name():
            credentials(tls)
    yield Finding(Level.OK, f"gRPC at {address.text}, {'TLS' if tls else 'plaintext'}")
    if not address.is_local and (tls is None or tls.client_ca is None):
        yield Finding(
            Level.WARNING,
            "everybody who can connect may call everything",
            "set IDENTITY_TLS_CLIENT_CA, so that callers must show a certificate (mutual TLS)",
        )


def _http(configuration: Settings) -> Iterator[Finding]:
    address = http_address(configuration)
    try:
        listen(address.text).close()
    except HttpAddressRefused as refusal:
        if not _in_use(refusal):
            yield Finding(Level.PROBLEM, str(refusal))
            return
        yield Finding(
            Level.WARNING,
            f"HTTP at {address.text}, which is in use",
            "unless it is this service that runs there, set IDENTITY_HTTP_ADDRESS to another address",
        )
        return
    yield Finding(Level.OK, f"HTTP at {address.text}")


def _in_use(refusal: HttpAddressRefused) -> bool:
    return isinstance(refusal.__cause__, OSError) and refusal.__cause__.errno == errno.EADDRINUSE
