"""The contract as its descriptors tell it: every RPC, and for each a request that breaks no rule."""

import itertools
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from protovalidate import Validator

from identity_service.rpc.interceptors.method import methods_of
from protos import compiler

UUID = "019341a2-0000-7000-8000-000000000000"
TEXTS = (UUID, "ada@example.com", "123456", "A" * 64, "acme", "fjord-quilt-ember-42", "users:read", "en", "5/1h", "/a")
"""What some text field or other takes. A rule that none of them keeps needs one more here, or a line in `GIVEN`."""

_NOTICE = {"category": "news", "subject": "News", "message": "Text"}
_TEMPLATE = {"subject": "Welcome", "html": "<p>Welcome</p>", "text": "Welcome"}  # of a kind that must show nothing
GIVEN: dict[str, dict[str, Any]] = {
    "identity.v1.ApiKeyService.UpdateApiKey": {"name": "renamed", "update_mask": {"paths": ["name"]}},
    "identity.v1.UserService.UpdateUser": {"profile": {"given_name": "Renamed"}},
    "notification.v1.CampaignService.CreateCampaign": {"content": _NOTICE},
    "notification.v1.NotificationService.NotifyUsers": {"content": _NOTICE, "user_ids": [UUID]},
    "notification.v1.PreferenceService.UpdatePreferences": {"opt_out_categories": ["news"]},
    "notification.v1.TemplateService.PutTemplateOverride": {"kind": "NOTIFICATION_KIND_WELCOME", "locale": "en"}
    | _TEMPLATE,
    "notification.v1.TemplateService.RenderTemplate": {
        "kind": "NOTIFICATION_KIND_WELCOME",
        "locale": "en",
        "draft": _TEMPLATE,
    },
}
"""Fields of requests, by RPC, that must be set beyond what the rules of the contract ask for."""

Way = tuple[FieldDescriptor, ...]
_validator = Validator()


def methods() -> list[MethodDescriptor]:
    """Every RPC of the contract, from the files that declare services."""
    files = sorted(name for name in compiler.contract_files() if name.endswith("_service.proto"))
    modules = [import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2") for name in files]
    services = [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]
    return [method for service in services for method in service.methods]


def scope_of(method: MethodDescriptor) -> str:
    return methods_of(method.containing_service.full_name)[method.name].scope


def request_for(method: MethodDescriptor) -> Any:
    """A request that keeps every rule. AssertionError when none can be made: then `GIVEN` or `TEXTS` needs a line."""
    request = message_factory.GetMessageClass(method.input_type)(**GIVEN.get(method.full_name, {}))
    return mended(request, method.full_name)


def mended(request: Any, name: str) -> Any:
    """The request, with whatever the rules ask for added to it."""
    texts: dict[str, Iterator[str]] = {}
    for _ in range(400):
        violations = _validator.collect_violations(request)
        if not violations:
            return request
        if violations[0].proto.field is None:
            break  # a rule about several fields: nobody can tell from it what is missing
        _mend(request, violations[0].proto, texts)
    raise AssertionError(f"no request for {name}: {violations[0].proto}. Add a line to tests/services/contract.py.")


def leaves(message: Descriptor, before: Way = ()) -> Iterator[Way]:
    """The way to each field below a message that holds no message of ours."""
    for field in message.fields:
        below = field.message_type
        if is_ours(below):
            yield from leaves(below, (*before, field))
        else:
            yield (*before, field)


def is_ours(message: Descriptor | None) -> bool:
    return message is not None and message.full_name.startswith(("identity.", "notification."))


def named(way: Way) -> str:
    return ".".join(field.name for field in way)


def is_filled(message: Any, way: Way) -> bool:
    for field in way:
        if field.name not in {found.name for found, _ in message.ListFields()}:
            return False
        message = getattr(message, field.name)
        if field.is_repeated:
            message = message[0]
    return True


def put(message: Any, way: Way, text: str) -> None:
    """Set the text at the end of a way; on it, lists have one element."""
    *parents, last = way
    for field in parents:
        inner = getattr(message, field.name)
        message = inner if not field.is_repeated else (inner[0] if inner else inner.add())
    if last.is_repeated:
        getattr(message, last.name)[:] = [text]
    else:
        setattr(message, last.name, text)


def _mend(request: Message, violation: Any, texts: dict[str, Iterator[str]]) -> None:
    message: Any = request
    *way, last = violation.field.elements
    for element in way:
        message = getattr(message, element.field_name)
        if element.subscript is not None:
            message = message[element.subscript.value]
    if last.field_name in message.DESCRIPTOR.oneofs_by_name:
        field = message.DESCRIPTOR.oneofs_by_name[last.field_name].fields[0]
    else:
        field = message.DESCRIPTOR.fields_by_name[last.field_name]
    number = last.subscript.value if last.subscript is not None else None
    _set(message, field, number, texts.setdefault(f"{field.full_name}", itertools.cycle(TEXTS)))


def _set(message: Any, field: FieldDescriptor, number: int | None, texts: Iterator[str]) -> None:
    if field.message_type is not None and not field.is_repeated:
        getattr(message, field.name).SetInParent()
    elif field.message_type is not None:
        getattr(message, field.name).add()
    elif field.is_repeated and number is not None:
        getattr(message, field.name)[number] = _value(field, texts)
    elif field.is_repeated:
        getattr(message, field.name).append(_value(field, texts))
    else:
        setattr(message, field.name, _value(field, texts))


def _value(field: FieldDescriptor, texts: Iterator[str]) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return next(texts)
    return b"x" if field.type == FieldDescriptor.TYPE_BYTES else 1
