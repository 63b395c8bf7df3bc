import importlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc import StatusCode
from identity.v1.error_reason_pb2 import ErrorReason

from identity_service import errors as domain
from identity_service.errors import FieldViolation, InvalidInput, LimitExceeded, NotFound
from identity_service.rpc import errors
from identity_service.rpc.errors import ServerBusy, code_of, to_status

MODULES_THAT_DEFINE_ERRORS = [
    "identity_service.identity.errors",
    "identity_service.notification.errors",
    "identity_service.rpc.errors",
    "identity_service.storage.errors",
]


class UserVanished(NotFound):
    """A subclass, as journeys define them."""

    reason = "USER_NOT_FOUND"
    message = "There is no such user."


def details_of(error: Exception, kind: type[Message]) -> list[Message]:
    found = []
    for packed in to_status(error).details:
        if packed.Is(kind.DESCRIPTOR):
            detail = kind()
            packed.Unpack(detail)
            found.append(detail)
    return found


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput([]), StatusCode.INVALID_ARGUMENT),
        (domain.Unauthenticated(), StatusCode.UNAUTHENTICATED),
        (domain.PermissionDenied(), StatusCode.PERMISSION_DENIED),
        (UserVanished(), StatusCode.NOT_FOUND),
        (domain.AlreadyExists(), StatusCode.ALREADY_EXISTS),
        (domain.FailedPrecondition(), StatusCode.FAILED_PRECONDITION),
        (domain.Aborted(), StatusCode.ABORTED),
        (LimitExceeded(timedelta(seconds=1)), StatusCode.RESOURCE_EXHAUSTED),
        (domain.Unavailable(), StatusCode.UNAVAILABLE),
        (ServerBusy(timedelta(seconds=1)), StatusCode.RESOURCE_EXHAUSTED),
        (ValueError("secret"), StatusCode.INTERNAL),
        (domain.DomainError("of no family"), StatusCode.INTERNAL),
    ],
)
def test_every_family_has_its_code(error: Exception, code: StatusCode) -> None:
    assert code_of(error) is code
    assert to_status(error).code == code.value[0]


def test_every_error_carries_exactly_one_error_info_with_its_reason() -> None:
    [info] = details_of(UserVanished(), error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == ("USER_NOT_FOUND", "identity.service")


def test_invalid_input_names_each_field() -> None:
    error = InvalidInput([FieldViolation("client.ip_address", "bad"), FieldViolation("states[2]", "unknown")])
    [bad] = details_of(error, error_details_pb2.BadRequest)
    named = [(violation.field, violation.description) for violation in bad.field_violations]
    assert named == [("client.ip_address", "bad"), ("states[2]", "unknown")]


def test_the_words_of_a_refusal_name_the_first_field_at_fault() -> None:
    error = InvalidInput([FieldViolation("email", "must not be empty"), FieldViolation("password", "is too short")])
    assert to_status(error).message == "Some fields of the request are not valid: email must not be empty."


def test_the_words_of_a_refusal_that_is_about_no_field_are_a_sentence_too() -> None:
    error = InvalidInput([FieldViolation("", "name users by ids or by addresses")])
    assert to_status(error).message == "Some fields of the request are not valid: name users by ids or by addresses."


def test_a_limit_says_when_to_try_again() -> None:
    [retry] = details_of(LimitExceeded(timedelta(seconds=411.5)), error_details_pb2.RetryInfo)
    assert retry.retry_delay.ToTimedelta() == timedelta(seconds=411.5)


@pytest.mark.parametrize("error", [ValueError("hunter2"), domain.DomainError("hunter2", reason="HUNTER2")])
def test_an_unexpected_error_says_nothing_about_itself(error: Exception) -> None:
    status = to_status(error)
    assert "hunter2" not in str(status).lower()
    [info] = details_of(error, error_details_pb2.ErrorInfo)
    assert info.reason == "INTERNAL"


def test_a_reason_and_a_message_can_be_given_for_one_occasion() -> None:
    status = to_status(InvalidInput([FieldViolation("password", "too short")], "Weak.", reason="PASSWORD_REFUSED"))
    assert status.message == "Weak."
    [info] = details_of(InvalidInput([], reason="PASSWORD_REFUSED"), error_details_pb2.ErrorInfo)
    assert info.reason == "PASSWORD_REFUSED"


def all_subclasses(kind: type) -> Iterator[type]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from all_subclasses(subclass)


def test_every_reason_that_is_raised_stands_in_the_catalogue() -> None:
    for module in MODULES_THAT_DEFINE_ERRORS:
        importlib.import_module(module)
    catalogue = {value.name.removeprefix("ERROR_REASON_") for value in ErrorReason.DESCRIPTOR.values}
    concrete = [kind for kind in all_subclasses(domain.DomainError) if kind.__module__ != domain.__name__]
    unknown = {kind.__qualname__: kind.reason for kind in concrete if kind.reason not in catalogue}
    assert unknown == {}


def test_every_error_class_belongs_to_a_family() -> None:
    families = [kind for kind in all_subclasses(domain.DomainError) if kind.__module__ == domain.__name__]
    assert set(families) == set(errors._CODES)
