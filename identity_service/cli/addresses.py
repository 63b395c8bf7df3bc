"""The addresses to listen at, checked before anything starts; an objection names its setting."""

from collections.abc import Iterator
from contextlib import contextmanager

from identity_service.cli.tls import tls_files
from identity_service.rpc.addresses import Address, ListeningRefused, parse_address, refuse_exposure
from identity_service.settings import Settings, SettingsRefused
from identity_service.web.server import HttpAddressRefused


def grpc_address(configuration: Settings) -> Address:
    """Where gRPC is to listen. Raises `SettingsRefused`."""
    with refused_by_name():
        return parse_address(configuration.grpc_address)


def guarded_grpc_address(configuration: Settings) -> Address:
    """The same, refused also where strangers could read along."""
    address = grpc_address(configuration)
    with refused_by_name():
        refuse_exposure(
            address,
            has_tls=tls_files(configuration) is not None,
            exposure_accepted=configuration.allow_plaintext_beyond_loopback,
        )
    return address


def http_address(configuration: Settings) -> Address:
    """Where the HTTP edge is to listen. Raises `SettingsRefused`."""
    text = configuration.http_address
    try:
        address = parse_address(text)
    except ListeningRefused:
        address = None
    if address is None or address.is_unix_socket:
        raise SettingsRefused(
            f"IDENTITY_HTTP_ADDRESS: {text!r} is no address to listen at; write host:port, for example 127.0.0.1:8080"
        )
    return address


@contextmanager
def refused_by_name() -> Iterator[None]:
    """Let what a server says of its address come out as `SettingsRefused`, which every command reports alike."""
    try:
        yield
    except ListeningRefused as refusal:
        raise SettingsRefused(f"IDENTITY_GRPC_ADDRESS: {refusal}") from None
    except HttpAddressRefused as refusal:
        raise SettingsRefused(str(refusal)) from None  # it names its setting
