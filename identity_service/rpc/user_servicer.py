"""UserService: messages in, users read or steered, messages out."""

from collections.abc import Iterator
from functools import partial
from threading import Event
from uuid import UUID

import grpc
from identity.v1 import user_service_pb2 as pb
from identity.v1 import user_service_pb2_grpc

from identity_service.calls.errors import ServerStopping
from identity_service.identity.delete_account import DeleteAccount
from identity_service.identity.export_user import ExportUser
from identity_service.identity.import_users import ImportUsers
from identity_service.identity.user_accounts import UserAccounts
from identity_service.identity.users import UserProfile
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.calls import call_of
from identity_service.rpc.converters.user_exports import to_export
from identity_service.rpc.converters.user_imports import Progress, rows_of
from identity_service.rpc.converters.user_requests import changes_of, filter_of, prefix_of
from identity_service.rpc.converters.users import to_user


class UserServicer(user_service_pb2_grpc.UserServiceServicer):
    """See protos/identity/v1/user_service.proto."""

    def __init__(
        self,
        *,
        user_accounts: UserAccounts,
        delete_account: DeleteAccount,
        import_users: ImportUsers,
        export_user: ExportUser,
        stopping: Event,
    ) -> None:
        self._users = user_accounts
        self._delete = delete_account
        self._import = import_users
        self._export = export_user
        self._stopping = stopping

    def GetUser(self, request: pb.GetUserRequest, context: grpc.ServicerContext) -> pb.GetUserResponse:
        tenant_id = current_caller().tenant_id
        if request.WhichOneof("user") == "user_id":
            return pb.GetUserResponse(user=to_user(self._users.get(tenant_id, UUID(request.user_id))))
        return pb.GetUserResponse(user=to_user(self._users.get_by_email(tenant_id, request.email)))

    def ListUsers(self, request: pb.ListUsersRequest, context: grpc.ServicerContext) -> pb.ListUsersResponse:
        if request.WhichOneof("address") == "email_prefix":
            return self._by_address(request)
        read = partial(self._users.page, current_caller().tenant_id, filter_of(request))
        found, next_page = paging.page(request, read)
        return pb.ListUsersResponse(users=[to_user(UserProfile.of(user)) for user in found], next_page_token=next_page)

    def _by_address(self, request: pb.ListUsersRequest) -> pb.ListUsersResponse:
        size = paging.page_size(request.page_size)
        found = self._users.page_by_address(
            current_caller().tenant_id,
            filter_of(request),
            prefix=prefix_of(request),
            after=paging.last_seen_text(request),
            size=size + 1,
        )
        return pb.ListUsersResponse(
            users=[to_user(UserProfile.of(user)) for user in found[:size]],
            next_page_token=paging.next_page_token_of_text(request, [user.address_key for user in found], size),
        )

    def UpdateUser(self, request: pb.UpdateUserRequest, context: grpc.ServicerContext) -> pb.UpdateUserResponse:
        changed = self._users.update(call_of(request), UUID(request.user_id), changes_of(request))
        return pb.UpdateUserResponse(user=to_user(changed))

    def SuspendUser(self, request: pb.SuspendUserRequest, context: grpc.ServicerContext) -> pb.SuspendUserResponse:
        suspended = self._users.suspend(call_of(request), UUID(request.user_id), request.reason)
        return pb.SuspendUserResponse(user=to_user(suspended))

    def ReinstateUser(
        self, request: pb.ReinstateUserRequest, context: grpc.ServicerContext
    ) -> pb.ReinstateUserResponse:
        reinstated = self._users.reinstate(call_of(request), UUID(request.user_id))
        return pb.ReinstateUserResponse(user=to_user(reinstated))

    def DeleteUser(self, request: pb.DeleteUserRequest, context: grpc.ServicerContext) -> pb.DeleteUserResponse:
        deleted = self._delete.by_operator(call_of(request), UUID(request.user_id))
        return pb.DeleteUserResponse(notification_id=str(deleted.notification_id))

    def ImportUsers(
        self, request_iterator: Iterator[pb.ImportUsersRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.ImportUsersResponse]:
        progress = Progress()
        for request in request_iterator:
            imported = self._import(call_of(request), *rows_of(request))
            yield progress.after(imported)
            if self._stopping.is_set():
                raise ServerStopping()

    def ExportUser(
        self, request: pb.ExportUserRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ExportUserResponse]:
        call = call_of(request)
        if request.WhichOneof("person") == "user_id":
            records = self._export.of_user(call, UUID(request.user_id))
        else:
            records = self._export.of_address(call, request.email)
        for record in records:
            yield to_export(record)
            if self._stopping.is_set():
                raise ServerStopping()
