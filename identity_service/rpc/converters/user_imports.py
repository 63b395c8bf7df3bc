"""Chunks of users to import, and the progress that answers them."""

from collections.abc import Iterator

from identity.v1 import user_service_pb2 as pb

from identity_service.identity.import_users import ImportedChunk, Refusal, Row
from identity_service.rpc.converters.times import from_timestamp
from identity_service.rpc.violations import violations_of

_INVALID = "INVALID_INPUT"


def rows_of(request: pb.ImportUsersRequest) -> tuple[list[Row], list[Refusal]]:
    """The users of a chunk, and those that break a rule of the contract."""
    rows, refusals = [], []
    for number, user in enumerate(request.users):
        if broken := violations_of(user, fail_fast=True):
            refusals.append(Refusal(number, broken[0].field, _INVALID, broken[0].description))
        else:
            rows.append(_row(number, user))
    return rows, refusals


def _row(number: int, user: pb.ImportedUser) -> Row:
    return Row(
        number,
        email=user.email,
        email_verified=user.email_verified,
        password_hash=user.password_hash,
        given_name=user.given_name,
        family_name=user.family_name,
        user_type=user.user_type,
        locale=user.locale,
        created_at=from_timestamp(user.create_time, "create_time") if user.HasField("create_time") else None,
        external_reference=user.external_reference,
    )


class Progress:
    """Counts the users of one call."""

    def __init__(self) -> None:
        self._read = self._refused = 0

    def after(self, chunk: ImportedChunk) -> pb.ImportUsersResponse:
        """The answer to one more chunk."""
        first = self._read
        self._read += chunk.size
        self._refused += len(chunk.refusals)
        return pb.ImportUsersResponse(
            read_count=self._read,
            imported_count=self._read - self._refused,
            refused_count=self._refused,
            user_ids=list(_ids(chunk)),
            refusals=[
                pb.ImportRefusal(
                    row=first + refusal.number,
                    field=refusal.field,
                    reason=refusal.reason,
                    description=refusal.description,
                )
                for refusal in chunk.refusals
            ],
        )


def _ids(chunk: ImportedChunk) -> Iterator[str]:
    return (str(chunk.user_ids.get(number, "")) for number in range(chunk.size))
