import socket

import pytest

from identity_service.rpc.addresses import ListeningRefused, PortClaim, parse_address, refuse_exposure


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1:50051", "127.8.9.1:1", "[::1]:50051", "localhost:0", "unix:/run/identity.sock"],
)
def test_addresses_that_only_this_machine_reaches_need_no_tls(text: str) -> None:
    refuse_exposure(parse_address(text), has_tls=False, exposure_accepted=False)


@pytest.mark.parametrize("text", ["0.0.0.0:50051", "[::]:50051", "192.168.1.4:1", "api.example.org:50051"])
def test_other_addresses_are_refused_without_tls(text: str) -> None:
    with pytest.raises(ListeningRefused, match="unencrypted"):
        refuse_exposure(parse_address(text), has_tls=False, exposure_accepted=False)


def test_other_addresses_are_allowed_with_tls_or_when_the_risk_is_accepted() -> None:
    refuse_exposure(parse_address("0.0.0.0:50051"), has_tls=True, exposure_accepted=False)
    refuse_exposure(parse_address("0.0.0.0:50051"), has_tls=False, exposure_accepted=True)


@pytest.mark.parametrize("text", ["", "50051", ":50051", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "a:-1"])
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ListeningRefused, match="host:port"):
        parse_address(text)


def test_a_claimed_port_can_be_shared_but_not_claimed_twice() -> None:
    claim = PortClaim(parse_address("127.0.0.1:0"))
    try:
        with socket.socket() as sharer:
            sharer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sharer.bind(("127.0.0.1", claim.port))
            sharer.listen()
            with pytest.raises(ListeningRefused, match="another process"):
                PortClaim(parse_address(claim.address))
    finally:
        claim.close()


def test_a_unix_socket_cannot_be_shared() -> None:
    with pytest.raises(ListeningRefused, match="cannot share"):
        PortClaim(parse_address("unix:/run/identity.sock"))
