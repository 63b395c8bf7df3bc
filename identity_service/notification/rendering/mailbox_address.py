"""Addresses as headers and SMTP need them, from `Example <no-reply@example.com>` to international ones."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import getaddresses
from typing import Self

import idna

_SPECIALS = frozenset(' ()<>[]:;@\\,"')  # RFC 5322, 3.2.3: what a local part could hold only in quotes
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class AddressRefusedError(ValueError):
    """Not an address that mail can be sent from or to. The message does not repeat the address."""


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """An address with its domain in ASCII (IDNA 2008, RFC 5891), and the name shown beside it."""

    local_part: str
    domain: str
    display_name: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `Name <local@domain>`, as `IDENTITY_FROM` holds it. Raises AddressRefusedError."""
        found = getaddresses([text]) if text.isprintable() else []
        if len(found) != 1:
            raise AddressRefusedError("not one address")
        name, address = found[0]
        return cls._from_parts(address, name)

    @classmethod
    def of(cls, address: str) -> Self:
        """Read a bare `local@domain`. Raises AddressRefusedError."""
        return cls._from_parts(address, "")

    @property
    def address(self) -> str:
        """`local@domain`, for the envelope."""
        return f"{self.local_part}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the server must speak SMTPUTF8 (RFC 6531): nothing else carries a non-ASCII local part."""
        return not self.local_part.isascii()

    def for_header(self) -> Address:
        """The same, as `email` headers take it."""
        return Address(self.display_name, self.local_part, self.domain)

    @classmethod
    def _from_parts(cls, address: str, name: str) -> Self:
        local_part, _, domain = address.rpartition("@")
        if not local_part or not address.isprintable() or _SPECIALS & set(local_part):
            raise AddressRefusedError("not an address of the form local@domain")
        return cls(local_part, _ascii_domain(domain), name)


def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressRefusedError("the domain is not a valid international domain name") from error
    if not _DOMAIN.fullmatch(ascii_domain):
        raise AddressRefusedError("the domain is not a domain name")
    return ascii_domain.lower()
