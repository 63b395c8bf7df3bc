"""The commands that the mailbox teaches: what to call first, as one can paste it into a terminal."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "fjord-quilt-ember-42"  # noqa: S105 - shown to everybody, as an example of a good one

_LINKS: Mapping[str, tuple[str, str, str, Mapping[str, str]]] = {
    "/reset-password": (
        "Choose a new password",
        "It takes the place of the old one, and ends all sessions.",
        "ConfirmPasswordReset",
        {"new_password": "walnut-comet-drizzle-7"},
    ),
    "/confirm-email-change": (
        "Confirm the new address",
        "From then on mail goes there, and the old address is told.",
        "ConfirmEmailChange",
        {},
    ),
    "/accept-invitation": (
        "Accept the invitation",
        "The user exists from then on, with this password.",
        "AcceptInvitation",
        {"password": PASSWORD, "given_name": "Ada"},
    ),
}
"""What the links of mails lead to: a title, an explanation, the RPC, and what it takes besides the token."""


@dataclass(frozen=True, slots=True)
class Command:
    """One call, for two clients. Both ask the server for the contract (reflection)."""

    title: str
    explanation: str
    grpcurl: str
    buf: str


def first_commands(grpc_address: str) -> list[Command]:
    """Calls that make mail arrive, the simplest first."""
    ada = {"email": "ada@example.com", "password": PASSWORD, "given_name": "Ada"}
    layla = {"email": "layla@example.com", "password": PASSWORD, "given_name": "ليلى", "locale": "ar"}
    register, request_code = "identity.v1.AccountService/RegisterUser", "identity.v1.SessionService/RequestOtp"
    return [
        _command(
            "Register a person",
            "A verification mail arrives, with a link and a code.",
            grpc_address,
            register,
            ada,
        ),
        _command("The same in Arabic", "The mail reads from right to left.", grpc_address, register, layla),
        _command(
            "Sign in by code",
            "Verify the address first: nobody else is sent a code.",
            grpc_address,
            request_code,
            {"email": "ada@example.com"},
        ),
    ]


def sign_in_command(grpc_address: str, email: str) -> Command:
    """What a verified user can do next."""
    request = {"email": email}
    method = "identity.v1.SessionService/RequestOtp"
    return _command("Sign in by code", "A code arrives in the mailbox.", grpc_address, method, request)


def reset_command(grpc_address: str) -> Command:
    """How a password is reset by who has lost it."""
    request = {"email": "ada@example.com", "method": "PASSWORD_RESET_METHOD_LINK"}
    method = "identity.v1.AccountService/StartPasswordReset"
    return _command("Reset a password", "A mail with a link arrives in the mailbox.", grpc_address, method, request)


def link_command(grpc_address: str, path: str, token: str) -> Command:
    """What the link of a mail is for, by the path that it leads to. Raises `KeyError` for another path."""
    title, explanation, rpc, more = _LINKS[path]
    return _command(title, explanation, grpc_address, f"identity.v1.AccountService/{rpc}", {"token": token, **more})


def buf_program() -> str | None:
    """How to call `buf` from where the service was started; None where it is not installed."""
    if shutil.which("buf"):
        return "buf"
    beside = Path(sys.executable).with_name("buf")
    if not os.access(beside, os.X_OK):
        return None
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def _command(title: str, explanation: str, address: str, method: str, request: Mapping[str, str]) -> Command:
    data = _quoted(json.dumps(request, ensure_ascii=False))
    return Command(
        title=title,
        explanation=explanation,
        grpcurl=f"grpcurl -plaintext \\\n  -d {data} \\\n  {address} {method}",
        buf=f"{buf_program() or 'buf'} curl --protocol grpc --http2-prior-knowledge \\\n  -d {data} \\\n  http://{address}/{method}",
    )


def _quoted(text: str) -> str:
    """For a shell, in single quotes (shlex would leave some texts bare)."""
    return "'" + text.replace("'", "'\\''") + "'"
