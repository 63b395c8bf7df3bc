"""The circumstances of a call, from its caller and its request."""

from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from identity_service.calls.call import Call, RequestKey
from identity_service.rpc.callers import current_caller


def call_of(request: Any) -> Call:
    """The call that `request` makes, on behalf of the end user in its `client`."""
    caller, client = current_caller(), request.client
    return Call(
        tenant_id=caller.tenant_id,
        actor=caller.name,
        ip_address=_without_zone(client.ip_address),
        user_agent=client.user_agent,
        locale=client.locale,
        request=_request_key(request) if getattr(request, "request_id", "") else None,
    )


def _without_zone(ip_address: str) -> str:
    """`fe80::1%eth0` without what follows the `%`: that may be any text, and mails show the address (RFC 4007, 11)."""
    return ip_address.partition("%")[0]


def _request_key(request: Any) -> RequestKey:
    return RequestKey(
        rpc=request.DESCRIPTOR.name.removesuffix("Request"),
        id=UUID(request.request_id),
        payload=_what_is_asked(request),
    )


def _what_is_asked(request: Any) -> bytes:
    """The request without what may differ between a call and its repetition: the end user's device."""
    asked: Message = type(request)()
    asked.CopyFrom(request)
    asked.ClearField("client")
    asked.ClearField("request_id")
    return asked.SerializeToString(deterministic=True)
