"""Servicers of the real contract with answers made up for a test, and a server around them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from identity.v1 import session_service_pb2, session_service_pb2_grpc
from notification.v1 import notification_service_pb2, notification_service_pb2_grpc
from prometheus_client import CollectorRegistry

from identity_service.rpc.callers import Authenticator, DefaultTenantAuthenticator
from identity_service.rpc.interceptors.method import scopes_of
from identity_service.rpc.server import RpcServer, ServerSettings, build_server

ALL_SCOPES = scopes_of(["identity.v1.SessionService", "notification.v1.NotificationService"])

SignIn = Callable[[session_service_pb2.SignInRequest], session_service_pb2.SignInResponse]
Watch = Callable[
    [notification_service_pb2.WatchNotificationRequest],
    Iterator[notification_service_pb2.WatchNotificationResponse],
]


def plain_sign_in(request: session_service_pb2.SignInRequest) -> session_service_pb2.SignInResponse:
    return session_service_pb2.SignInResponse()


def plain_watch(
    request: notification_service_pb2.WatchNotificationRequest,
) -> Iterator[notification_service_pb2.WatchNotificationResponse]:
    yield notification_service_pb2.WatchNotificationResponse(resume_token="first")
    yield notification_service_pb2.WatchNotificationResponse(resume_token="second")


class Sessions(session_service_pb2_grpc.SessionServiceServicer):
    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def SignIn(  # noqa: N802 the name of the RPC
        self, request: session_service_pb2.SignInRequest, context: grpc.ServicerContext
    ) -> session_service_pb2.SignInResponse:
        return self._sign_in(request)


class Notifications(notification_service_pb2_grpc.NotificationServiceServicer):
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def WatchNotification(  # noqa: N802 the name of the RPC
        self, request: notification_service_pb2.WatchNotificationRequest, context: grpc.ServicerContext
    ) -> Iterator[notification_service_pb2.WatchNotificationResponse]:
        return self._watch(request)


def always_ready() -> None:
    """The ping of a database that is always there."""


@dataclass
class World:
    """What a test may replace."""

    sign_in: SignIn = plain_sign_in
    watch: Watch = plain_watch
    ping: Callable[[], None] = always_ready
    settings: ServerSettings = field(default_factory=lambda: ServerSettings("127.0.0.1:0"))
    authenticator: Authenticator = field(default_factory=lambda: DefaultTenantAuthenticator(ALL_SCOPES))
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    stopping: threading.Event = field(default_factory=threading.Event)

    def build(self) -> RpcServer:
        return build_server(
            self.settings,
            [
                partial(session_service_pb2_grpc.add_SessionServiceServicer_to_server, Sessions(self.sign_in)),
                partial(
                    notification_service_pb2_grpc.add_NotificationServiceServicer_to_server,
                    Notifications(self.watch),
                ),
            ],
            ping=self.ping,
            authenticator=self.authenticator,
            registry=self.registry,
            stopping=self.stopping,
        )


def sign_in_request() -> session_service_pb2.SignInRequest:
    return session_service_pb2.SignInRequest(email="ada@example.org", password="correct horse")


def watch_request() -> notification_service_pb2.WatchNotificationRequest:
    return notification_service_pb2.WatchNotificationRequest(notification_id="019341a2-0000-7000-8000-000000000000")


def status_of(error: grpc.RpcError) -> status_pb2.Status:
    status: status_pb2.Status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None, "the status has no details"
    return status


def reason_of(error: grpc.RpcError) -> str:
    [info] = [detail for detail in status_of(error).details if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR)]
    return error_details_pb2.ErrorInfo.FromString(info.value).reason


def violations_of(error: grpc.RpcError) -> dict[str, str]:
    [bad] = [detail for detail in status_of(error).details if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR)]
    found = error_details_pb2.BadRequest.FromString(bad.value).field_violations
    return {violation.field: violation.description for violation in found}
