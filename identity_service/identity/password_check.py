"""Asking users who are signed in for their password once more, before what could take the account from them."""

from uuid import UUID

from identity_service.calls.audit import Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.calls.refusals import Refusals
from identity_service.identity.errors import CredentialsRejected
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.passwords import Place
from identity_service.storage.database import Database
from identity_service.storage.queries import accounts
from identity_service.storage.rows import User, UserState


class PasswordCheck:
    """Checks the password of the user that a call is about."""

    def __init__(self, *, database: Database, once: Once, limiter: Limiter, refusals: Refusals) -> None:
        self._database = database
        self._once = once
        self._limiter = limiter
        self._refusals = refusals

    def user(self, call: Call, place: Place, user_id: UUID, password: str, event: Event) -> User:
        """The user, whose password it is; a refusal is recorded as one of `event`.

        Raises `LimitExceeded`, and `CredentialsRejected` alike for a wrong password, a user without one, a suspended
        user and an unknown id.
        """
        self._limiter.hit_all(
            call,
            (Rule.PASSWORD_CHECK, str(user_id), network_of(call.ip_address)),
            (Rule.PASSWORD_CHECK_USER, str(user_id)),
        )
        with self._database.connect() as connection:
            user = accounts.user_by_id(connection, call.tenant_id, user_id)
        if user is not None and _may_go_on(place, user, password):
            return user
        if user is None:
            place.verify_dummy(password)
        self._once.end_if_overtaken(call)
        self._refusals.record(
            call, event, CredentialsRejected.reason, about=str(user_id), user_id=user.id if user else None
        )
        raise CredentialsRejected()


def _may_go_on(place: Place, user: User, password: str) -> bool:
    return place.verify(user.password_hash, password) and user.state == UserState.ACTIVE
