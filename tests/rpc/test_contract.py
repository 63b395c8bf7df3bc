"""What every RPC, present and future, has to keep. Comments and naming are judged by buf (see buf.yaml)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor, MethodDescriptor
from identity.v1 import (
    account_service_pb2,
    api_key_service_pb2,
    audit_service_pb2,
    challenge_service_pb2,
    error_reason_pb2,
    session_service_pb2,
    tenant_service_pb2,
    user_service_pb2,
)
from notification.v1 import (
    campaign_service_pb2,
    notification_service_pb2,
    preference_service_pb2,
    template_service_pb2,
)

from identity_service.rpc.interceptors.method import methods_of
from identity_service.rpc.pattern_words import PATTERN_WORDS
from identity_service.rpc.violations import violations_of
from protos import compiler, generate, rules
from tests.services.contract import put

SERVICE_FILES: list[FileDescriptor] = [
    account_service_pb2.DESCRIPTOR,
    api_key_service_pb2.DESCRIPTOR,
    audit_service_pb2.DESCRIPTOR,
    session_service_pb2.DESCRIPTOR,
    tenant_service_pb2.DESCRIPTOR,
    user_service_pb2.DESCRIPTOR,
    challenge_service_pb2.DESCRIPTOR,
    notification_service_pb2.DESCRIPTOR,
    preference_service_pb2.DESCRIPTOR,
    campaign_service_pb2.DESCRIPTOR,
    template_service_pb2.DESCRIPTOR,
]
SECRETS = {"password", "password_confirmation", "token", "code", "access_token", "refresh_token", "secret"}


def services() -> list[str]:
    return [service.full_name for file in SERVICE_FILES for service in file.services_by_name.values()]


def methods() -> list[MethodDescriptor]:
    return [
        method for file in SERVICE_FILES for service in file.services_by_name.values() for method in service.methods
    ]


def fields_below(message: Descriptor) -> Iterator[FieldDescriptor]:
    for field in message.fields:
        yield field
        if field.message_type is not None and field.message_type.full_name.startswith(("identity", "notification")):
            yield from fields_below(field.message_type)


def request_fields() -> dict[str, FieldDescriptor]:
    return {field.full_name: field for method in methods() for field in fields_below(method.input_type)}


def has_rules(field: FieldDescriptor) -> bool:
    return field.GetOptions().HasExtension(validate_pb2.field)


def test_the_files_that_this_test_looks_at_are_all_that_declare_services() -> None:
    declared = {name for name in compiler.contract_files() if name.endswith("_service.proto")}
    assert {file.name for file in SERVICE_FILES} == declared


@pytest.mark.parametrize("service", services())
def test_every_rpc_declares_the_scope_it_needs(service: str) -> None:
    for method in methods_of(service).values():
        assert re.fullmatch(r"[a-z]+:(read|write|import|export)", method.scope), method.name


def test_a_rpc_that_changes_something_takes_a_request_id_and_the_end_users_device() -> None:
    for method in methods():
        if methods_of(method.containing_service.full_name)[method.name].scope.endswith(":write"):
            names = set(method.input_type.fields_by_name)
            assert {"request_id", "client"} <= names, method.full_name


def test_every_request_field_that_can_be_wrong_has_a_rule() -> None:
    without = {
        name
        for name, field in request_fields().items()
        if not has_rules(field)
        and field.type != FieldDescriptor.TYPE_BOOL
        and not (
            field.message_type is not None
            and field.message_type.full_name.startswith(("identity.v1.", "notification.v1."))
        )
    }
    assert without == set()


def test_every_pattern_is_said_in_words_to_who_breaks_it() -> None:
    rules = [field.GetOptions().Extensions[validate_pb2.field] for field in request_fields().values()]
    strings = [string for rule in rules for string in (rule.string, rule.repeated.items.string)]
    assert {string.pattern for string in strings if string.pattern} == set(PATTERN_WORDS)


def test_every_text_in_a_request_is_bounded() -> None:
    for name, field in request_fields().items():
        if field.type == FieldDescriptor.TYPE_STRING:
            rules = field.GetOptions().Extensions[validate_pb2.field]
            string = rules.repeated.items.string if field.is_repeated else rules.string
            bounded = string.max_len or string.max_bytes or string.uuid or string.ip or "{" in string.pattern
            assert bounded, name


def test_every_text_in_a_request_refuses_nul_unless_it_is_a_credential() -> None:
    """PostgreSQL keeps no text with one; of credentials only hashes are kept."""
    for name, field in request_fields().items():
        if field.type == FieldDescriptor.TYPE_STRING and not field.GetOptions().debug_redact:
            message = message_factory.GetMessageClass(field.containing_type)()
            put(message, (field,), "a\0b")
            broken = {each.field.partition("[")[0] for each in violations_of(message, fail_fast=False)}
            assert field.name in broken, name


def test_every_list_in_a_request_is_bounded() -> None:
    for name, field in request_fields().items():
        if field.is_repeated:
            assert field.GetOptions().Extensions[validate_pb2.field].repeated.max_items, name


def test_every_credential_is_marked_as_one() -> None:
    messages = [message for method in methods() for message in (method.input_type, method.output_type)]
    fields = {field.full_name: field for message in messages for field in fields_below(message)}
    unmarked = {name for name, field in fields.items() if field.name in SECRETS and not redacted(field)}
    assert unmarked == set()


def redacted(field: FieldDescriptor) -> bool:
    return field.GetOptions().debug_redact


def test_the_comment_of_every_reason_names_its_status_code() -> None:
    image = compiler.build_image(source_info=True)
    [file] = [file for file in image.file if file.name == error_reason_pb2.DESCRIPTOR.name]
    comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    for index, value in enumerate(file.enum_type[0].value):
        if value.number:
            assert re.match(r" [A-Z_]+[:,] ", comments[5, 0, 2, index]), value.name
            assert '"reason": "' in comments[5, 0, 2, index], value.name


def test_generated_code_is_what_the_contract_generates() -> None:
    assert list(generate.differences()) == []


def test_a_change_in_generated_code_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(generate, "GENERATED", tmp_path)
    generate.regenerate()
    assert list(generate.differences()) == []
    with (tmp_path / "identity" / "v1" / "user_pb2.pyi").open("a") as stub:
        stub.write("added = 1\n")
    (tmp_path / "identity" / "v1" / "gone_pb2.py").write_text("left = 1\n")
    text = "".join(generate.differences())
    assert "-added = 1" in text
    assert "-left = 1" in text


def test_the_contract_keeps_the_lint_rules() -> None:
    assert rules.lint()


def test_the_contract_breaks_no_client_of_the_last_release() -> None:
    assert rules.is_compatible()


def test_a_field_that_was_released_and_is_gone_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = compiler.build_image(source_info=False)
    [user] = [file for file in image.file if file.name == "identity/v1/user.proto"]
    user.message_type[0].field.add(name="nickname", number=77, label=1, type=9, json_name="nickname")
    released = tmp_path / "released.binpb"
    released.write_bytes(image.SerializeToString())
    monkeypatch.setattr(rules, "RELEASED", released)
    assert not rules.is_compatible()
    assert "nickname" in capfd.readouterr().out
    assert not rules.release(allow_breaking=False)
    assert released.read_bytes() == image.SerializeToString()
    assert rules.release(allow_breaking=True)
    assert rules.is_compatible()
