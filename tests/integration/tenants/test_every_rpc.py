"""Who may call what, tried on every RPC that the descriptors know: a new one cannot be forgotten.

Requests are made from the rules of the contract. An RPC for which none can be made, or a field with an id for which
`Acme` knows none, fails here until it is given one.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor

from identity_service.rpc.services import all_scopes
from identity_service.tenants.scopes import OPERATORS_SCOPES
from tests.services.acme import Acme, name_at
from tests.services.calls import Calls
from tests.services.contract import Way, is_filled, leaves, mended, methods, named, put, request_for, scope_of
from tests.services.front import Front


@pytest.fixture
def acme(front: Front) -> Acme:
    return Acme(front)


def is_id(field: FieldDescriptor) -> bool:
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return bool(rules.string.uuid or rules.repeated.items.string.uuid) and field.name != "request_id"


def ways_to_others(method: MethodDescriptor, acme: Acme) -> list[Way]:
    """The ways to each field of the request by which something of another tenant could be named."""
    found = [way for way in leaves(method.input_type) if way[0].name != "client"]
    unknown = [named(way) for way in found if is_id(way[-1]) and way[-1].name not in acme.known]
    assert not unknown, f"{method.full_name} asks for {unknown}: let Acme have one of it"
    return [way for way in found if way[-1].name in acme.known]


def about(method: MethodDescriptor, way: Way, ways: list[Way], named_as: dict[str, str]) -> Any:
    """A request that names a thing at `way`, and at all the other ways that a request has to fill."""
    request = request_for(method)
    put(request, way, name_at(method, way, named_as))
    mended(request, method.full_name)
    for other in ways:
        if is_filled(request, other):
            put(request, other, name_at(method, other, named_as))
    return mended(request, method.full_name)


def test_there_are_rpcs_to_try():
    assert len(methods()) > 30


def test_without_a_key_no_rpc_lets_anybody_in(front: Front):
    answers = {method.full_name: Calls(front)(method, request_for(method)) for method in methods()}
    refused = (grpc.StatusCode.UNAUTHENTICATED, "CALLER_UNAUTHENTICATED")
    assert {name: answer for name, answer in answers.items() if answer[:2] != refused} == {}


def test_a_key_without_the_scope_of_an_rpc_is_refused_and_told_which(front: Front):
    by_scope = defaultdict(list)
    for method in methods():
        by_scope[scope_of(method)].append(method)
    wrong = {}
    for scope, needing in by_scope.items():
        calls = Calls(front, front.new_key(*(all_scopes() - {scope})).text)
        refused = (grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING", f"This call needs the scope {scope}.")
        answers = {method.full_name: calls(method, request_for(method)) for method in needing}
        wrong |= {name: answer for name, answer in answers.items() if answer[:3] != refused}
    assert wrong == {}


def test_a_key_with_its_scope_gets_every_rpc_to_do_something(front: Front):
    broken = {grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}
    wrong = {}
    for method in methods():
        answer = Calls(front, front.new_key(scope_of(method)).text)(method, request_for(method))
        if answer.code in broken or answer.words.startswith("This call needs"):
            wrong[method.full_name] = answer
    assert wrong == {}


def test_no_key_of_another_tenant_sees_to_tenants(front: Front, acme: Acme):
    calls = Calls(front, front.new_key(tenant="acme").text)
    theirs = [method for method in methods() if scope_of(method) in OPERATORS_SCOPES]
    assert {calls(method, request_for(method)).reason for method in theirs} == {"SCOPE_MISSING"}


def test_what_another_tenant_has_is_as_if_it_did_not_exist(front: Front, acme: Acme):
    calls, before, wrong = Calls(front, front.new_key().text), acme.rows(), {}
    for method, way, ways in asked(acme):
        of_others, of_nobody = (calls(method, about(method, way, ways, names)) for names in (acme.known, acme.unknown))
        if of_others != of_nobody:
            wrong[f"{method.full_name}, {named(way)}"] = (of_others, of_nobody)
    assert wrong == {}
    assert acme.rows() == before


def asked(acme: Acme) -> Iterator[tuple[MethodDescriptor, Way, list[Way]]]:
    for method in methods():
        ways = ways_to_others(method, acme)
        for way in ways:
            yield method, way, ways
