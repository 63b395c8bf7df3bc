"""NotificationService: messages in, the outbox read or steered, messages out."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from threading import Event
from uuid import UUID

import grpc
from notification.v1 import notification_service_pb2 as pb
from notification.v1 import notification_service_pb2_grpc

from identity_service.identity.addresses import parse_address
from identity_service.notification.messages.notify_users import Named, NotifyUsers
from identity_service.notification.reading import Filter, Notifications
from identity_service.rpc import paging, resuming
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.messages import from_content, to_recipient_result
from identity_service.rpc.converters.notifications import KINDS, STATES, NotificationConverter
from identity_service.rpc.converters.times import from_timestamp

_KINDS = {number: kind for kind, number in KINDS.items()}
_STATES = {number: state for state, number in STATES.items()}


class NotificationServicer(notification_service_pb2_grpc.NotificationServiceServicer):
    """See protos/notification/v1/notification_service.proto."""

    def __init__(
        self,
        *,
        notifications: Notifications,
        notify_users: NotifyUsers,
        convert: NotificationConverter,
        stopping: Event,
    ) -> None:
        self._notifications = notifications
        self._notify_users = notify_users
        self._convert = convert
        self._stopping = stopping

    def GetNotification(
        self, request: pb.GetNotificationRequest, context: grpc.ServicerContext
    ) -> pb.GetNotificationResponse:
        found = self._notifications.get(current_caller().tenant_id, UUID(request.notification_id))
        return pb.GetNotificationResponse(notification=self._convert.with_attempts(found))

    def ListNotifications(
        self, request: pb.ListNotificationsRequest, context: grpc.ServicerContext
    ) -> pb.ListNotificationsResponse:
        read = partial(self._notifications.page, current_caller().tenant_id, _filter(request))
        found, next_page = paging.page(request, read)
        return pb.ListNotificationsResponse(
            notifications=[self._convert.alone(notification) for notification in found], next_page_token=next_page
        )

    def WatchNotification(
        self, request: pb.WatchNotificationRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchNotificationResponse]:
        notification_id = UUID(request.notification_id)
        changes = self._notifications.watch(
            current_caller().tenant_id,
            notification_id,
            after_revision=resuming.resumed_revision(request.resume_token, notification_id),
            goes_on=context.is_active,
            stopping=self._stopping,
        )
        for change in changes:
            yield pb.WatchNotificationResponse(
                notification=self._convert.with_attempts(change),
                resume_token=resuming.resume_token(notification_id, change.notification.revision),
            )

    def RetryNotification(
        self, request: pb.RetryNotificationRequest, context: grpc.ServicerContext
    ) -> pb.RetryNotificationResponse:
        found = self._notifications.retry(call_of(request), UUID(request.notification_id))
        return pb.RetryNotificationResponse(notification=self._convert.with_attempts(found))

    def CancelNotification(
        self, request: pb.CancelNotificationRequest, context: grpc.ServicerContext
    ) -> pb.CancelNotificationResponse:
        found = self._notifications.cancel(call_of(request), UUID(request.notification_id))
        return pb.CancelNotificationResponse(notification=self._convert.with_attempts(found))

    def NotifyUsers(self, request: pb.NotifyUsersRequest, context: grpc.ServicerContext) -> pb.NotifyUsersResponse:
        named = Named(
            user_ids=tuple(map(UUID, request.user_ids)),
            address_keys=tuple(
                parse_address(email, f"emails[{index}]").key for index, email in enumerate(request.emails)
            ),
        )
        notified = self._notify_users(call_of(request), named, from_content(request.content))
        results = [to_recipient_result(result) for result in notified.results]
        return pb.NotifyUsersResponse(batch_id=str(notified.message_id), results=results)


def _filter(request: pb.ListNotificationsRequest) -> Filter:
    return Filter(
        states=[_STATES[number] for number in request.states],
        kinds=[_KINDS[number] for number in request.kinds],
        user_id=UUID(request.user_id) if request.user_id else None,
        message_id=UUID(request.batch_id) if request.batch_id else None,
        recipient_key=parse_address(request.recipient, "recipient").key if request.recipient else None,
        created_from=_time(request, "create_time_from"),
        created_before=_time(request, "create_time_before"),
    )


def _time(request: pb.ListNotificationsRequest, field: str) -> datetime | None:
    return from_timestamp(getattr(request, field), field) if request.HasField(field) else None
