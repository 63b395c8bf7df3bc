"""identity-service keys: the API keys that backends call with."""

import argparse
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from identity_service import bootstrap, settings
from identity_service.calls.call import Call
from identity_service.cli.terminal import complain, say
from identity_service.clock import utc_now
from identity_service.errors import DomainError, InvalidInput, Unavailable
from identity_service.rpc.services import all_scopes, rpcs_by_scope
from identity_service.storage.rows import ApiKey
from identity_service.telemetry.logging import configure_logging
from identity_service.tenants.api_keys import ApiKeys, Grant, NewKey
from identity_service.tenants.profile import OPERATORS_TENANT
from identity_service.tenants.scopes import holdable

_ACTOR = "command"
_MOST_LISTED = 10_000
_SPAN = re.compile(r"([1-9]\d{0,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,100}")
NOTES = """\
A backend sends its key with every call, as `authorization: Bearer idsk_…`. The key says which tenant the backend works
in and what it may do. It is shown once and stored nowhere; who needs it again rotates it.

  identity-service keys create --name checkout --scopes accounts:write,sessions:write --expires 90d
  identity-service keys rotate 01a1f83e-282f-731b-8d66-c00523ac8039 --overlap 1h
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    create = actions.add_parser("create", help="make a key, and print it")
    create.add_argument("--name", type=_name, required=True, help="what it is for")
    create.add_argument("--scopes", required=True, help="comma-separated, or `all` for every scope there is today")
    create.add_argument("--expires", type=_expiry, required=True, help="a span such as 90d or 12h, or `never`")
    listing = actions.add_parser("list", help="list keys, newest first")
    listing.add_argument("--all", action="store_true", help="also those that are revoked or expired")
    rotate = actions.add_parser("rotate", help="make a key in the place of another, and print it")
    rotate.add_argument("id", type=UUID, help="which, as `list` shows it")
    rotate.add_argument("--overlap", type=_span, default=timedelta(days=1), help="how long the old one works on (1d)")
    rotate.add_argument("--expires", type=_span, help="the new one's span; as long as the old one's by default")
    revoke = actions.add_parser("revoke", help="end a key")
    revoke.add_argument("id", type=UUID, help="which, as `list` shows it")
    actions.add_parser("scopes", help="list the scopes, and the RPCs that each opens")
    for action in (create, listing, rotate, revoke):
        action.add_argument("--tenant", default=OPERATORS_TENANT, help="whose keys (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 when it was refused."""
    if arguments.action == "scopes":
        return _scopes()
    act = {"create": _create, "list": _list, "rotate": _rotate, "revoke": _revoke}[arguments.action]
    try:
        with _api_keys() as api_keys:
            act(api_keys, arguments)
    except Unavailable:
        raise  # which every command reports alike
    except DomainError as refusal:
        complain(f"identity-service: {_explained(refusal)}")
        return 1
    return 0


def _scopes() -> int:
    for scope, rpcs in sorted(rpcs_by_scope().items()):
        say(f"{scope:<22}{', '.join(rpcs)}")
    return 0


@contextmanager
def _api_keys() -> Iterator[ApiKeys]:
    configuration = settings.load()
    configure_logging(configuration)
    core = bootstrap.build_core(configuration, connections=1)
    try:
        bootstrap.require_schema(core.database)
        yield bootstrap.api_keys(core)
    finally:
        core.close()


def _create(api_keys: ApiKeys, arguments: argparse.Namespace) -> None:
    held = holdable(arguments.tenant, all_scopes())
    given = tuple(scope.strip() for scope in arguments.scopes.split(",") if scope.strip())
    scopes = tuple(held) if given == ("all",) else given
    if not scopes or not held.issuperset(scopes):
        raise InvalidInput([], _without(scopes, held))
    call = Call(arguments.tenant, _ACTOR)
    _show(api_keys.create(call, held, Grant(arguments.name, scopes, arguments.expires)))


def _without(scopes: Collection[str], held: Collection[str]) -> str:
    refused = ", ".join(scope for scope in scopes if scope not in held)
    why = f"There is no scope {refused} for a key of this tenant. " if refused else ""
    return f"{why}A key of this tenant may have these scopes: {', '.join(sorted(held))}."


def _list(api_keys: ApiKeys, arguments: argparse.Namespace) -> None:
    found = api_keys.page(arguments.tenant, with_ended=arguments.all, before=None, size=_MOST_LISTED)
    for key in found:
        say(_line(key))
    if not found:
        complain("There is none." if arguments.all else "There is none that works; --all lists the others, too.")


def _rotate(api_keys: ApiKeys, arguments: argparse.Namespace) -> None:
    expires_at = utc_now() + arguments.expires if arguments.expires else None
    call = Call(arguments.tenant, _ACTOR)
    _show(api_keys.rotate(call, all_scopes(), arguments.id, overlap=arguments.overlap, expires_at=expires_at))


def _revoke(api_keys: ApiKeys, arguments: argparse.Namespace) -> None:
    say(_line(api_keys.revoke(Call(arguments.tenant, _ACTOR), arguments.id)))


def _show(made: NewKey) -> None:
    """The key alone on standard output, so that a script can take it from there."""
    complain(f"{_line(made.row)}\nThis is the only time that the key is shown. Keep it where you keep passwords.")
    say(made.text)


def _line(key: ApiKey) -> str:
    facts = [str(key.id), f"…{key.hint}", key.name, ",".join(key.scopes), f"expires {_when(key.expires_at, 'never')}"]
    facts.append(f"last used {_when(key.last_used_at, 'never')}")
    if key.successor_id:
        facts.append(f"rotated to {key.successor_id}")
    if key.revoked_at:
        facts.append(f"REVOKED {_when(key.revoked_at, '')}")
    return "  ".join(facts)


def _when(moment: datetime | None, otherwise: str) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ") if moment else otherwise


def _explained(refusal: DomainError) -> str:
    fields = refusal.fields if isinstance(refusal, InvalidInput) else ()
    return " ".join([refusal.message, *(f"{field.field} {field.description}." for field in fields)])


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("write a number and s, m, h or d, such as 90d or 12h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _expiry(text: str) -> datetime | None:
    return None if text == "never" else utc_now() + _span(text)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text) or not text.strip():
        raise argparse.ArgumentTypeError("1 to 100 characters, without control characters")
    return text
