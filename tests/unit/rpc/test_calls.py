"""What becomes of the circumstances that a caller states."""

import pytest
from identity.v1.client_context_pb2 import ClientContext
from identity.v1.session_service_pb2 import RequestOtpRequest

from identity_service.rpc.callers import Caller, set_current_caller
from identity_service.rpc.converters.calls import call_of


@pytest.mark.parametrize(
    ("stated", "recorded"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%\nSign in at https://evil.example", "fe80::1"),
        ("2001:db8::1%a%1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_an_ip_address_brings_no_other_text(stated: str, recorded: str) -> None:
    """A zone may be any text (the contract's rule admits it), and mails show the address."""
    set_current_caller(Caller("default", "local", frozenset()))
    request = RequestOtpRequest(email="ada@example.com", client=ClientContext(ip_address=stated))
    assert call_of(request).ip_address == recorded
