"""The commands that the mailbox teaches: what to call first, as one can paste it into a terminal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

PASSWORD = "fjord-quilt-ember-42"  # noqa: S105 - shown to everybody, as an example of a good one


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


def _command(title: str, explanation: str, address: str, method: str, request: Mapping[str, str]) -> Command:
    data = _quoted(json.dumps(request, ensure_ascii=False))
    return Command(
        title=title,
        explanation=explanation,
        grpcurl=f"grpcurl -plaintext \\\n  -d {data} \\\n  {address} {method}",
        buf=f"buf curl --protocol grpc --http2-prior-knowledge \\\n  -d {data} \\\n  http://{address}/{method}",
    )


def _quoted(text: str) -> str:
    """For a shell, in single quotes (shlex would leave some texts bare)."""
    return "'" + text.replace("'", "'\\''") + "'"
