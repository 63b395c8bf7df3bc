"""TemplateService over the wire."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from notification.v1 import notification_pb2, template_pb2
from notification.v1 import template_service_pb2 as pb
from notification.v1.template_service_pb2_grpc import TemplateServiceStub

from tests.services.front import Front
from tests.services.languages import TAGS
from tests.services.service import reason

WELCOME = notification_pb2.NOTIFICATION_KIND_WELCOME
GOOD = {"subject": "Hello", "html": "<p>{{ given_name }}</p>", "text": "{{ given_name }}"}


@pytest.fixture
def stub(front: Front) -> Any:
    return TemplateServiceStub(front.channel(front.new_key("templates:read", "templates:write").text))


def put(stub: Any, **given: Any) -> template_pb2.TemplateOverride:
    request = pb.PutTemplateOverrideRequest(**{"kind": WELCOME, "locale": "en"} | GOOD | given)
    return stub.PutTemplateOverride(request, timeout=10).template


def render(stub: Any, **given: Any) -> pb.RenderTemplateResponse:
    return stub.RenderTemplate(pb.RenderTemplateRequest(kind=WELCOME, locale="en", **given), timeout=10)


def delete(stub: Any, **given: Any) -> template_pb2.TemplateOverride:
    request = pb.DeleteTemplateOverrideRequest(kind=WELCOME, locale="en", **given)
    return stub.DeleteTemplateOverride(request, timeout=10).template


def violations(act: Any) -> list[tuple[str, str]]:
    with pytest.raises(grpc.RpcError) as refused:
        act()
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in rpc_status.from_call(refused.value).details), refused.value
    return [(violation.field, violation.description) for violation in bad.field_violations]


def test_a_template_is_put_shown_listed_and_deleted(stub: Any):
    made = put(stub, user_type="artist")
    assert (made.kind, made.user_type, made.locale, made.version, made.deleted) == (WELCOME, "artist", "en", 1, False)
    assert made.creator.startswith("test")
    assert (made.HasField("source"), made.HasField("create_time")) == (False, True)

    shown = render(stub, user_type="artist")
    assert shown.rendered.subject == "Hello"
    assert ">Amina</p>" in shown.rendered.html
    assert shown.rendered.text.startswith("Amina\n")
    assert shown.template.source == template_pb2.TemplateSource(**GOOD)
    assert not render(stub).HasField("template")

    assert list(stub.ListTemplates(pb.ListTemplatesRequest(), timeout=10).templates) == [made]
    gone = delete(stub, user_type="artist")
    assert (gone.version, gone.deleted) == (2, True)
    assert list(stub.ListTemplates(pb.ListTemplatesRequest(), timeout=10).templates) == []
    history = stub.ListTemplates(pb.ListTemplatesRequest(include_history=True), timeout=10)
    assert list(history.templates) == [gone, made]


def test_pages_follow_one_another(stub: Any):
    made = [put(stub, user_type=name) for name in ("a", "b", "c")]
    first = stub.ListTemplates(pb.ListTemplatesRequest(page_size=2), timeout=10)
    rest = stub.ListTemplates(pb.ListTemplatesRequest(page_size=2, page_token=first.next_page_token), timeout=10)
    assert [*first.templates, *rest.templates] == made[::-1]
    assert rest.next_page_token == ""


def test_a_list_tells_what_templates_may_name(stub: Any):
    answer = stub.ListTemplates(pb.ListTemplatesRequest(), timeout=10)
    assert list(answer.locales) == TAGS
    by_kind = {each.kind: each for each in answer.kinds}
    assert set(by_kind) == set(notification_pb2.NotificationKind.values()) - {0}
    verification = by_kind[notification_pb2.NOTIFICATION_KIND_VERIFICATION]
    assert list(verification.names) == ["given_name", "code", "link", "expires_in"]
    assert list(verification.required_names) == ["code", "link"]
    assert list(by_kind[notification_pb2.NOTIFICATION_KIND_NOTIFICATION].subject_names) == ["data", "title"]


def test_a_draft_is_tried_before_it_is_put(stub: Any):
    assert render(stub, draft=pb.TemplateDraft(**GOOD | {"subject": "Draft"})).rendered.subject == "Draft"
    draft = pb.TemplateDraft(**GOOD | {"html": "<p>\n{{ 'a' * 10**9 }}</p>"})
    assert violations(lambda: render(stub, draft=draft)) == [("html", "line 2: `mul` is not allowed")]


def test_a_refusal_names_the_field_and_the_line(stub: Any):
    with pytest.raises(grpc.RpcError) as refused:
        put(stub, text="{{ ''.__class__ }}")
    assert (refused.value.code(), reason(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, "TEMPLATE_REFUSED")
    assert [field for field, _ in violations(lambda: put(stub, text="{{ ''.__class__ }}"))] == ["text"]
    assert [field for field, _ in violations(lambda: put(stub, html="x" * 65537))] == ["html"]
    assert [field for field, _ in violations(lambda: put(stub, locale="xx"))] == ["locale"]
    assert [field for field, _ in violations(lambda: put(stub, kind=0))] == ["kind"]


def test_a_repeated_request_has_no_second_effect(stub: Any):
    request_id = str(uuid4())
    assert put(stub, request_id=request_id) == put(stub, request_id=request_id)
    request_id = str(uuid4())
    assert delete(stub, request_id=request_id) == delete(stub, request_id=request_id)
    with pytest.raises(grpc.RpcError) as refused:
        delete(stub)
    assert reason(refused.value) == "TEMPLATE_OVERRIDE_NOT_FOUND"


def test_reading_and_writing_need_their_scopes(front: Front):
    reader = TemplateServiceStub(front.channel(front.new_key("templates:read").text))
    with pytest.raises(grpc.RpcError) as refused:
        put(reader)
    assert reason(refused.value) == "SCOPE_MISSING"
    assert render(reader).rendered.subject


def test_a_tenant_sees_its_own_templates_alone(front: Front, stub: Any):
    put(stub)
    front.household.add_tenant("acme")
    other = TemplateServiceStub(front.channel(front.new_key("templates:read", tenant="acme").text))
    assert list(other.ListTemplates(pb.ListTemplatesRequest(include_history=True), timeout=10).templates) == []
    assert not render(other).HasField("template")
