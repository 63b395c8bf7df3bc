"""E-mail addresses: what is mailed to, and what makes two of them the same account."""

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from identity_service.errors import FieldViolation, InvalidInput

LONGEST = 254
"""Characters of an address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets)."""


class EmailInvalid(InvalidInput):
    """The text is no address that mail can be sent to."""

    reason = "EMAIL_INVALID"

    def __init__(self, field: str, description: str) -> None:
        super().__init__([FieldViolation(field, description)])


@dataclass(frozen=True, slots=True)
class Address:
    """A valid address.

    `text` is what mail is sent to: the local part as it was given (NFC), the domain in its ASCII form (IDNA
    A-labels). `key` is unique per tenant: `text` with the letters A to Z of the local part lower-cased, and
    no others, because Unicode case folding takes different mailboxes for one.
    """

    text: str
    key: str


def parse_address(text: str, field: str = "email") -> Address:
    """The address in `text`, checked by its syntax alone.

    Raises `EmailInvalid` naming `field` for anything but one bare address with a full domain: display names,
    quoted local parts, address literals, spaces, control and invisible characters (right-to-left marks too),
    too many characters. The reserved domain `.test` is accepted, so that a trial system can have users whom
    no mail reaches.
    """
    if len(text) > LONGEST:
        raise EmailInvalid(field, f"must have at most {LONGEST} characters")
    if not text.isprintable():
        raise EmailInvalid(field, "must not contain control or invisible characters")
    plain = _PLAIN.fullmatch(text)
    domain = _ascii_domain(plain[2]) if plain else None
    if plain and domain:
        return _address(plain[1], domain)
    try:
        valid = _validated(text)
    except EmailNotValidError:
        raise EmailInvalid(field, "must be one plain e-mail address, such as name@example.com") from None
    return _address(valid.local_part, valid.ascii_domain.lower())


_PLAIN = re.compile(r"(?=[^@]{1,64}@)([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)", re.ASCII)
"""Addresses like most: their local part needs no more checks, and the domain has probably been seen before."""


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str | None:
    try:
        return str(_validated(f"x@{domain}").ascii_domain.lower())
    except EmailNotValidError:
        return None


def _validated(text: str) -> ValidatedEmail:
    return validate_email(
        text,
        allow_smtputf8=True,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        strict=True,
        check_deliverability=False,
        test_environment=True,  # admits .test, and nothing else when deliverability is not looked up
    )


def _address(local: str, domain: str) -> Address:
    lowered = local.encode().lower().decode()  # bytes.lower() knows ASCII only, which is the point
    return Address(text=f"{local}@{domain}", key=f"{lowered}@{domain}")
