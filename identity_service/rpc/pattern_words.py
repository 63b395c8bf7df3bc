"""What each pattern of the contract asks for, in words: a pattern tells a programmer something and a person nothing."""

from collections.abc import Mapping

_USER_TYPE = "must begin with a letter or digit, and go on with those, spaces, dots, _ and - alone"
_NAME = "must be lower-case letters, digits, _ and -, beginning with a letter"
_VISIBLE = "must have no control and no invisible characters"

PATTERN_WORDS: Mapping[str, str] = {
    r"^[^\pC]+@[^\pC]+$": "must be an e-mail address, such as ada@example.com",
    r"^[0-9]{6}$": "must be six digits",
    r"^[A-Za-z0-9_-]{64}$": "must be the 64 characters that follow token= in a link",
    r"^[A-Za-z0-9_-]*$": "must have no characters but letters, digits, _ and -",
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": "must be a language tag, such as en or pt-BR",
    r"^[^\p{Cc}\p{Zl}\p{Zp}]*$": "must be a single line, without control characters",
    r"^[^\pC]*$": _VISIBLE,
    r"^[^\pC]+$": _VISIBLE,
    r"^[^\x00]*$": "must have no NUL characters",
    r"^[\x21-\x7E]*$": "must be printable ASCII, without spaces",
    r"^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$": _USER_TYPE,
    r"^[\p{L}\p{N}][\p{L}\p{N} ._-]*$": _USER_TYPE,
    r"^[a-z][a-z0-9-]*$": "must be lower-case letters, digits and -, beginning with a letter",
    r"^[a-z][a-z0-9_-]*$": _NAME,
    r"^([a-z][a-z0-9_-]*)?$": _NAME,
    r"^[a-z][a-z0-9_-]{0,31}$": f"{_NAME}, 32 characters at most",
    r"^(#[0-9a-fA-F]{6})?$": "must be a colour, such as #1f6feb",
    r"^[a-z]+:[a-z]+$": "must be a scope, such as users:read",
    r"^[a-z_]+(\.[a-z_]+)+$": "must be the name of an event, such as session.signed_in",
    r"^[a-z_]+$": "must be the name of a limit in lower case, such as otp_request",
    r"^[0-9]+/[0-9]*[smhd]$": "must be an amount and a period, such as 3/10m",
}
