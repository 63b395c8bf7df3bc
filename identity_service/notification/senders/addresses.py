"""Addresses as mail servers want them: ASCII domains (RFC 5890), and nothing that ends a command."""

import copy
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage

import idna

from identity_service.notification.senders.failures import PermanentFailure

_ADDRESS_HEADERS = ("From", "Sender", "Reply-To", "To", "Cc")


def envelope_address(address: str) -> str:
    """`address` for MAIL FROM or RCPT TO: its domain in ASCII, its local part untouched.

    Raises PermanentFailure for an address that could end the SMTP command or is no address.
    """
    if not address.isprintable() or any(char in address for char in "<> "):
        raise PermanentFailure("the address holds a space, an angle bracket or a control character")
    local_part, at, domain = address.rpartition("@")
    if not (local_part and at and domain):
        raise PermanentFailure("the address is not of the form name@domain")
    return f"{local_part}@{_ascii_domain(domain)}"


def with_ascii_domains(message: EmailMessage) -> EmailMessage:
    """`message` itself, or a copy whose address headers have ASCII domains where it had others."""
    foreign = [name for name in _ADDRESS_HEADERS if any(not a.domain.isascii() for a in _in(message, name))]
    if not foreign:
        return message
    message = copy.deepcopy(message)
    for name in foreign:
        message.replace_header(name, tuple(_with_ascii_domain(a) for a in _in(message, name)))
    return message


def has_foreign_address(message: EmailMessage) -> bool:
    """True if an address header holds an address that ASCII cannot write (RFC 6532)."""
    return any(not a.addr_spec.isascii() for name in _ADDRESS_HEADERS for a in _in(message, name))


def _in(message: EmailMessage, name: str) -> Iterator[Address]:
    for header in message.get_all(name, ()):
        # Parsed headers know their addresses; an ASCII one holds nothing to look at.
        if not str(header).isascii():
            yield from getattr(header, "addresses", ())


def _with_ascii_domain(address: Address) -> Address:
    return Address(address.display_name, address.username, _ascii_domain(address.domain))


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise PermanentFailure("the address has a domain that cannot exist (RFC 5890)") from None
