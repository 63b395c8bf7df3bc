"""How rates, limits and networks are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_service.identity.limits import Limits, Rate, Rule, network_of


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("3/10m", Rate(3, 600)),
        ("3/h", Rate(3, 3600)),
        ("100/1d", Rate(100, 86400)),
        ("10/15s", Rate(10, 15)),
        (" 5/1h ", Rate(5, 3600)),
    ],
)
def test_a_rate_is_written_as_an_amount_and_a_period(text, rate):
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "3/",
        "/10m",
        "0/10m",
        "3/0m",
        "-3/10m",
        "3/10w",
        "3 per 10m",
        "3/10m\n4",
        "1e3/h",
        "٣/h",
        "100000/s",
    ],
)
def test_any_other_text_is_no_rate(text):
    with pytest.raises(ValueError, match="such as 3/10m"):
        Rate.parse(text)


def test_limits_are_changed_by_name_and_the_others_stay():
    limits = Limits().changed({"otp_request": "5/1h", "sign_in": "2/m"})
    assert limits.of(Rule.OTP_REQUEST) == Rate(5, 3600)
    assert limits.of(Rule.SIGN_IN) == Rate(2, 60)
    assert limits.of(Rule.REGISTER) == Limits().of(Rule.REGISTER)


def test_a_wrong_limit_is_named():
    with pytest.raises(ValueError, match="otp_requests"):
        Limits().changed({"otp_requests": "5/h"})
    with pytest.raises(ValueError, match="limit otp_request: 'often'"):
        Limits().changed({"otp_request": "often"})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_an_ip_address_is_counted_as_the_network_of_one_customer(address, network):
    assert network_of(address) == network


@given(st.ip_addresses(v=6))
def test_the_network_of_a_network_is_the_same(address):
    network = network_of(str(address))
    assert network_of(network.removesuffix("/64")) == network
