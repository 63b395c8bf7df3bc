"""Which hosts are this machine, so that nobody else can read what is sent to them."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """True for `localhost` (RFC 6761) and loopback addresses."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
