"""Idempotency: a call with a `request_id` takes effect once, however often it is repeated."""

import hmac
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from identity_service.calls.call import Call, RequestKey
from identity_service.calls.errors import Conflict, RequestIdReused
from identity_service.clock import Clock
from identity_service.secret_keys import KeyRing
from identity_service.storage.database import Database, Transaction
from identity_service.storage.errors import Deadlocked
from identity_service.storage.queries import records

Answer = TypeVar("Answer")
_MOST_RUNS = 3
"""How often a transaction is run that gave way to another each time."""
_PAUSE_SECONDS = 0.05
"""Until it is run again: the other has to go on first, or both would meet anew."""
_LABEL = b"identity-service/request-payload/v1"


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    """Between an answer and the JSON that is kept of it; making one takes longer than most journeys."""
    return TypeAdapter(cast(Any, kind))


def _until_no_deadlock(run: Callable[[], Answer]) -> Answer:
    """Journeys about one person lock rows in orders of their own; of two that wait for each other one gives way."""
    for _ in range(_MOST_RUNS - 1):
        try:
            return run()
        except Deadlocked:
            time.sleep(_PAUSE_SECONDS)
    return run()


class _CarriedOutMeanwhile(Exception):
    """A call with the same request id was committed while this one waited."""


class Once:
    """Keeps the answer of each request with its effect, in the same transaction.

    What was asked is kept as a keyed digest only: a plain one of a payload with a password could be searched for.
    An answer that holds personal data says whose by a property `personal_to`, so that it can be erased with the user.
    """

    def __init__(self, database: Database, key_ring: KeyRing, clock: Clock) -> None:
        self._database = database
        self._key_ring = key_ring
        self._now = clock

    def answered(self, call: Call, kind: type[Answer]) -> Answer | None:
        """The answer this call was given before. Raises `RequestIdReused` when it is not the same call."""
        known = self._known(call)
        if known is None or call.request is None:
            return None
        if known.answer is None or not self._same_payload(known, call.request):
            raise RequestIdReused()
        answer: Answer = _adapter(cast(Hashable, kind)).validate_python(known.answer)
        return answer

    def unless_answered(self, call: Call, kind: type[Answer], act: Callable[[], Answer]) -> Answer:
        """The answer this call was given before, or what `act` answers, which may `end_if_overtaken`."""
        if answer := self.answered(call, kind):
            return answer
        try:
            return act()
        except _CarriedOutMeanwhile:
            return self._answer_of_the_other(call, kind)

    def refuse_repeated(self, call: Call) -> None:
        """Raise `RequestIdReused` if the call was carried out before: for those whose answers are not kept."""
        if self._known(call) is not None:
            raise RequestIdReused()

    def unless_repeated(self, call: Call, act: Callable[[], Answer]) -> Answer:
        """What `act` answers, which may `end_if_overtaken`.

        Raises `RequestIdReused` if the call was carried out before: its answer is not kept.
        """
        self.refuse_repeated(call)
        try:
            return act()
        except _CarriedOutMeanwhile:
            raise RequestIdReused() from None

    def end_if_overtaken(self, call: Call) -> None:
        """End a call that is about to be refused, if the one that it repeats was carried out meanwhile.

        That one used up what both came with, so this is no refusal: the `unless_…` around it answers it as a repeat is:
        like that one, or with `RequestIdReused` where answers are not kept. Whoever asks for something else by the same
        id is refused like anybody.
        """
        known = self._known(call)
        if known and call.request and self._same_payload(known, call.request):
            raise _CarriedOutMeanwhile

    def run(
        self, call: Call, kind: type[Answer], effect: Callable[[Transaction], Answer], *, single_write: bool = False
    ) -> Answer:
        """Carry out `effect` in one transaction, and keep its answer there if the call names a request.

        `single_write` says that the effect writes by one statement only (see `Database.begin`). The effect is run again
        when its transaction gave way to another, and must do the same then.
        """
        return _until_no_deadlock(lambda: self._run(call, kind, effect, single_write))

    def _run(
        self, call: Call, kind: type[Answer], effect: Callable[[Transaction], Answer], single_write: bool
    ) -> Answer:
        try:
            with self._begin(call, single_write) as transaction:
                self._reserve(transaction, call)
                answer = effect(transaction)
                self._keep(transaction, call, kind, answer)
                return answer
        except _CarriedOutMeanwhile:
            return self._answer_of_the_other(call, kind)

    def run_unkept(self, call: Call, effect: Callable[[Transaction], Answer], *, single_write: bool = False) -> Answer:
        """Like `run`, for answers that hold credentials: they are not kept, and a repeat is refused."""
        return _until_no_deadlock(lambda: self._run_unkept(call, effect, single_write))

    def _run_unkept(self, call: Call, effect: Callable[[Transaction], Answer], single_write: bool) -> Answer:
        try:
            with self._begin(call, single_write) as transaction:
                self._reserve(transaction, call)
                return effect(transaction)
        except _CarriedOutMeanwhile:
            raise RequestIdReused() from None

    def _known(self, call: Call) -> records.AnsweredRequest | None:
        if call.request is None:
            return None
        with self._database.connect() as connection:
            return records.answered(connection, call.tenant_id, call.request.rpc, call.request.id)

    def _begin(self, call: Call, single_write: bool) -> AbstractContextManager[Transaction]:
        return self._database.begin(single_write=single_write and call.request is None)

    def _reserve(self, transaction: Transaction, call: Call) -> None:
        request = call.request
        if request is None:
            return
        key_id = self._key_ring.active.id
        reserved = records.reserve(
            transaction.connection,
            call.tenant_id,
            request.rpc,
            request.id,
            key_id=key_id,
            payload_digest=self._digest(key_id, request),
            now=self._now(),
        )
        if not reserved:
            raise _CarriedOutMeanwhile

    def _keep(self, transaction: Transaction, call: Call, kind: type[Any], answer: Any) -> None:
        if call.request is not None:
            records.keep_answer(
                transaction.connection,
                call.tenant_id,
                call.request.rpc,
                call.request.id,
                _adapter(cast(Hashable, kind)).dump_python(answer, mode="json"),
                user_id=getattr(answer, "personal_to", None),
            )

    def _answer_of_the_other(self, call: Call, kind: type[Answer]) -> Answer:
        answer = self.answered(call, kind)
        if answer is None:
            raise Conflict()
        return answer

    def _same_payload(self, known: records.AnsweredRequest, request: RequestKey) -> bool:
        if known.key_id not in self._key_ring:
            return True  # the key was retired; the request id alone has to do
        return hmac.compare_digest(known.payload_digest, self._digest(known.key_id, request))

    def _digest(self, key_id: str, request: RequestKey) -> bytes:
        return hmac.digest(self._key_ring.derive(key_id, _LABEL), request.payload, "sha256")
