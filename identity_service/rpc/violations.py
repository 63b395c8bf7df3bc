"""Which rules of the contract a message breaks (protovalidate), and how that is told."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message
from protovalidate import FieldPathElementPb, Validator, Violation

from identity_service.errors import FieldViolation
from identity_service.rpc.pattern_words import PATTERN_WORDS

_MOST_VIOLATIONS = 16  # they travel in a trailer, which clients refuse beyond 8 KiB
_collect = Validator().collect_violations  # one for the process: it keeps the rules that it has compiled


def violations_of(message: Message, *, fail_fast: bool) -> list[FieldViolation]:
    """The rules that a message breaks, as they are answered; with `fail_fast` the first one."""
    broken = _collect(message, fail_fast=fail_fast)
    return [_field_violation(violation, message) for violation in broken[:_MOST_VIOLATIONS]]


def _field_violation(violation: Violation, of: Message) -> FieldViolation:
    elements = violation.proto.field.elements if violation.proto.field is not None else ()
    path = _path(elements)
    return FieldViolation(path, _words(violation, of.DESCRIPTOR.oneofs_by_name.get(path)))


def _words(violation: Violation, choice: Any) -> str:
    if choice is not None:
        return f"must be exactly one of {', '.join(field.name for field in choice.fields)}"
    if violation.proto.rule_id == "string.pattern":
        return PATTERN_WORDS[violation.rule_value]
    return violation.proto.message


def _path(elements: Iterable[FieldPathElementPb]) -> str:
    parts = (element.field_name + _subscript(element) for element in elements)
    return ".".join(parts)


def _subscript(element: FieldPathElementPb) -> str:
    return f"[{element.subscript.value}]" if element.subscript is not None else ""
