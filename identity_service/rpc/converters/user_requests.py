"""What requests about users ask for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from identity.v1 import user_service_pb2 as pb

from identity_service.errors import FieldViolation, InvalidInput
from identity_service.identity.addresses import parse_address
from identity_service.identity.user_accounts import UserFilter
from identity_service.rpc.converters.times import from_timestamp
from identity_service.rpc.converters.users import STATES

_STATES = {number: state for state, number in STATES.items()}
_CHANGEABLE = ("given_name", "family_name", "user_type", "locale")
_NEVER_EMPTY = ("user_type", "locale")


def filter_of(request: pb.ListUsersRequest) -> UserFilter:
    """Raises `EmailInvalid`."""
    return UserFilter(
        user_types=list(request.user_types),
        state=_STATES.get(request.state),
        address_key=parse_address(request.email).key if request.email else None,
        created_from=_time(request, "create_time_from"),
        created_before=_time(request, "create_time_before"),
    )


def prefix_of(request: pb.ListUsersRequest) -> str:
    """What address keys begin with: in lower case as far as ASCII goes, as they are."""
    return request.email_prefix.encode().lower().decode()


def changes_of(request: pb.UpdateUserRequest) -> dict[str, str]:
    """The new values of the masked fields. Raises `InvalidInput` naming each path that is wrong."""
    given = {name: getattr(request.profile, name) for name in _CHANGEABLE}
    paths = list(request.update_mask.paths)
    wrong = [*_unknown(paths), *_emptied(given, paths)]
    if wrong:
        raise InvalidInput(wrong)
    if not paths:
        return {name: value for name, value in given.items() if value}
    return {name: value for name, value in given.items() if name in paths or "*" in paths}


def _unknown(paths: list[str]) -> Iterator[FieldViolation]:
    for number, path in enumerate(paths):
        if path not in (*_CHANGEABLE, "*"):
            expected = ", ".join(_CHANGEABLE)
            yield FieldViolation(f"update_mask.paths[{number}]", f"must be one of {expected} or *")


def _emptied(given: dict[str, str], paths: list[str]) -> Iterator[FieldViolation]:
    for name in _NEVER_EMPTY:
        if not given[name] and (name in paths or "*" in paths):
            yield FieldViolation(f"profile.{name}", "must not be emptied")


def _time(request: Any, field: str) -> datetime | None:
    return from_timestamp(getattr(request, field), field) if request.HasField(field) else None
