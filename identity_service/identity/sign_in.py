"""Sign-in with a password. A wrong password and an unknown address are one answer, after the same work."""

from identity_service.calls.audit import Event
from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.calls.refusals import Refusals
from identity_service.identity.addresses import Address, parse_address
from identity_service.identity.errors import CredentialsRejected
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.identity.passwords import HashingPlaces, Place
from identity_service.identity.renew_hash import RenewHash
from identity_service.identity.sessions import Sessions, SignedIn, SignInMethod
from identity_service.storage.database import Database
from identity_service.storage.queries import accounts
from identity_service.storage.rows import User, UserState


class SignIn:
    """The journey of SessionService.SignIn."""

    def __init__(
        self,
        *,
        database: Database,
        once: Once,
        sessions: Sessions,
        places: HashingPlaces,
        limiter: Limiter,
        refusals: Refusals,
        renew_hash: RenewHash,
    ) -> None:
        self._database = database
        self._once = once
        self._sessions = sessions
        self._places = places
        self._limiter = limiter
        self._refusals = refusals
        self._renew_hash = renew_hash

    def __call__(self, call: Call, email: str, password: str) -> SignedIn:
        """Raises `CredentialsRejected` and `LimitExceeded`."""
        return self._once.unless_repeated(call, lambda: self._sign_in(call, email, password))

    def _sign_in(self, call: Call, email: str, password: str) -> SignedIn:
        address = parse_address(email)
        with self._places.place() as place:
            # Together: who is refused by the narrow limit takes nothing from what everybody has for this address.
            self._limiter.hit_all(
                call, (Rule.SIGN_IN, address.key, network_of(call.ip_address)), (Rule.SIGN_IN_ADDRESS, address.key)
            )
            with self._database.connect() as connection:
                user = accounts.user_by_address(connection, call.tenant_id, address.key)
            try:
                return self._enter(call, place, user, password)
            except CredentialsRejected:
                self._record_refusal(call, address, user)
                raise

    def _enter(self, call: Call, place: Place, user: User | None, password: str) -> SignedIn:
        if not _may_enter(place, user, password):
            raise CredentialsRejected()
        assert user is not None  # noqa: S101 - _may_enter
        signed_in = self._open_session(call, user)
        self._renew_hash(place, user, password)
        return signed_in

    def _open_session(self, call: Call, user: User) -> SignedIn:
        opened = self._sessions.new(call, user, SignInMethod.PASSWORD)
        return self._once.run_unkept(
            call, lambda transaction: self._sessions.record(transaction, call, opened, user), single_write=True
        )

    def _record_refusal(self, call: Call, address: Address, user: User | None) -> None:
        self._once.end_if_overtaken(call)
        user_id, reason = user.id if user else None, CredentialsRejected.reason
        self._refusals.record(call, Event.SIGNED_IN, reason, about=address.key, user_id=user_id)


def _may_enter(place: Place, user: User | None, password: str) -> bool:
    if user is None:
        return place.verify_dummy(password)
    return place.verify(user.password_hash, password) and user.state == UserState.ACTIVE
