"""Hostile values in every field of every RPC: each is refused or taken, none is repeated, none makes a call stumble."""

from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from tests.services.acme import Acme, name_at
from tests.services.calls import Calls
from tests.services.contract import Way, is_filled, leaves, methods, named, request_for, scope_of
from tests.services.front import Front


def within_lists(value: Value, levels: int) -> Value:
    """The value, in a list, in a list, and so on."""
    for _ in range(levels):
        value = Value(list_value=ListValue(values=[value]))
    return value


TEXTS = ("a\0b", "\U0010ffff\u202e", "%(x)s'; --", "9" * 400)
HOSTILE_DATA = (
    *(Value(string_value=text) for text in TEXTS),
    *(Value(number_value=number) for number in (float("nan"), float("inf"), float("-inf"), 1e308, -0.0)),
    Value(struct_value=Struct(fields={"a\0b": Value(bool_value=True)})),
    within_lists(Value(string_value="a\0b"), 3),
    *(within_lists(Value(), levels) for levels in (8, 9, 45)),
    Value(),
)
OTHERS: dict[str, tuple[Any, ...]] = {
    "google.protobuf.Timestamp": ({"seconds": -62135596800}, {"seconds": 253402300799}),
    "google.protobuf.Duration": ({"seconds": -315576000000}, {"seconds": 315576000000}),
    "google.protobuf.Struct": tuple({"fields": {"x": value}} for value in HOSTILE_DATA),
    "google.protobuf.FieldMask": tuple({"paths": [text]} for text in TEXTS),
}
SMALLEST, GREATEST = -(2**31), 2**31 - 1
STUMBLED = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE}


def hostile(field: FieldDescriptor) -> tuple[Any, ...]:
    if field.message_type:
        return OTHERS.get(field.message_type.full_name, ())
    if field.type == FieldDescriptor.TYPE_STRING:
        return TEXTS
    return (SMALLEST, GREATEST) if field.type in {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64} else ()


def set_at(message: Any, way: Way, value: Any) -> None:
    *parents, last = way
    for field in parents:
        inner = getattr(message, field.name)
        message = inner if not field.is_repeated else (inner[0] if inner else inner.add())
    if last.message_type:
        getattr(message, last.name).CopyFrom(type(getattr(message, last.name))(**value))
    elif last.is_repeated:
        getattr(message, last.name)[:] = [value]
    else:
        setattr(message, last.name, value)


def requests(method: MethodDescriptor, acme: Acme) -> Iterator[tuple[str, Any]]:
    """Requests about what there is at Acme, each with one hostile value, and where that is."""
    for way in leaves(method.input_type):
        for value in hostile(way[-1]):
            request = request_for(method)
            for other in leaves(method.input_type):
                if other[-1].name in acme.known and is_filled(request, other):
                    set_at(request, other, name_at(method, other, acme.known))
            set_at(request, way, value)
            yield f"{method.full_name}, {named(way)}, {value!r:.40}", request


def test_no_value_of_any_field_makes_a_call_stumble_or_is_repeated_in_its_words(front: Front):
    acme = Acme(front)
    everything, of_acme = Calls(front, front.new_key().text), Calls(front, front.new_key(tenant="acme").text)
    stumbled = {}
    for method in methods():
        calls = everything if scope_of(method).startswith("tenants:") else of_acme
        for name, request in requests(method, acme):
            answer = calls(method, request)
            if answer.code in STUMBLED or any(text in answer.words for text in TEXTS):
                stumbled[name] = answer
    assert stumbled == {}
