"""The audit trail, read: pages of it, and watchers who miss nothing and see nothing twice."""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from uuid import UUID

import pytest

from identity_service.calls.audit import Event
from identity_service.calls.audit_reading import BEGINNING, EventFilter, Position, Progress, Span
from identity_service.calls.errors import ResumeTokenInvalid, ServerStopping
from identity_service.ids import new_id
from identity_service.storage.database import Transaction
from identity_service.storage.queries import audit as queries
from tests.services.at_once import all_at_once
from tests.services.household import Household
from tests.services.plans import plans_of

TENANT = "default"
ALL = EventFilter()


def write(household: Household, event: Event = Event.SIGNED_IN, tenant: str = TENANT, **given: UUID) -> UUID:
    """One event, committed at once."""
    trail = household.journeys.sessions._audit
    row = trail.event(household.call(tenant=tenant), event, **given)
    with household.core.database.connect() as connection:
        trail.write(connection, row)
    return row.id


def listed(household: Household, wanted: EventFilter = ALL, span: Span | None = None, size: int = 50) -> list[UUID]:
    """All pages."""
    found: list[UUID] = []
    before: UUID | None = None
    while True:
        page = household.journeys.audit_reading.page(TENANT, wanted, span or Span(), before=before, size=size)
        assert len(page.events) <= size
        found += [event.id for event in page.events]
        if page.last_seen is None:
            return found
        before = page.last_seen


def watching(
    household: Household,
    after: Position | None = BEGINNING,
    wanted: EventFilter = ALL,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    stopping: threading.Event | None = None,
    tenant: str = TENANT,
) -> Iterator[Progress]:
    return household.journeys.audit_reading.watch(
        tenant, wanted, after=after, goes_on=goes_on, stopping=stopping or threading.Event()
    )


def next_ids(seen: Iterator[Progress], number: int) -> list[UUID]:
    """The next so many events."""
    return [progress.event.id for progress in islice((each for each in seen if each.event), number) if progress.event]


def test_pages_hold_every_event_once_newest_first(household: Household):
    written = [write(household) for _ in range(7)]
    write(household, tenant="other")
    for size in (1, 3, 7, 50):
        assert listed(household, size=size) == written[::-1]


def test_filters_choose_by_what_an_event_holds(household: Household):
    user, session = new_id(), new_id()
    plain = write(household)
    of_user = write(household, user_id=user)
    of_session = write(household, Event.SESSION_REVOKED, subject_id=session)
    assert listed(household, EventFilter(user_id=user)) == [of_user]
    assert listed(household, EventFilter(subject_id=session)) == [of_session]
    assert listed(household, EventFilter(events=["session.signed_in"])) == [of_user, plain]
    assert listed(household, EventFilter(outcome="refused")) == []
    assert len(listed(household, EventFilter(actor="test", ip_address="192.0.2.1", outcome="succeeded"))) == 3
    assert listed(household, EventFilter(actor="somebody else")) == []


def test_a_span_of_time_begins_with_its_start_and_ends_before_its_end(household: Household):
    first = household.clock.stand()
    ids = [write(household)]
    household.clock.stand_at(first + timedelta(seconds=1))
    ids.append(write(household))
    assert listed(household, span=Span(first, None)) == ids[::-1]
    assert listed(household, span=Span(None, first + timedelta(seconds=1))) == ids[:1]
    assert listed(household, span=Span(first + timedelta(seconds=1), None)) == ids[1:]
    assert listed(household, span=Span(None, first - timedelta(hours=1))) == []


def test_a_page_looks_through_a_bounded_number_of_rows_and_says_where_to_go_on(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "SCANNED_AT_MOST", 4)
    rare = write(household, Event.SESSION_REVOKED)
    written = [write(household) for _ in range(10)]
    wanted = EventFilter(events=["session.revoked"])
    page = household.journeys.audit_reading.page(TENANT, wanted, Span(), before=None, size=50)
    assert (page.events, page.last_seen) == ((), written[6])
    assert listed(household, wanted) == [rare]


@pytest.mark.parametrize("wanted", [ALL, EventFilter(user_id=new_id()), EventFilter(outcome="refused")])
def test_reading_goes_by_an_index(household: Household, wanted: EventFilter):
    span = Span(household.clock() - timedelta(days=9), household.clock())
    for plan in plans_of(household.core.database, lambda: listed(household, wanted, span)):
        assert re.search(r"pk_audit_events|autoindex_audit_events_1|ix_audit_events_user", plan), plan
        assert "Seq Scan" not in plan


def test_following_reads_a_range_of_an_index_in_its_order(household: Household):
    with household.core.database.connect() as connection:
        (plan,) = plans_of(
            household.core.database, lambda: queries.settled_after(connection, TENANT, BEGINNING, most=9)
        )
    with household.core.database.connect() as connection:
        (newest,) = plans_of(household.core.database, lambda: queries.newest_settled(connection, TENANT))
    assert "ix_audit_events_position" in plan
    assert "ix_audit_events_position" in newest
    assert not re.search(r"Sort|B-TREE", plan), plan


def test_a_watcher_begins_with_where_it_is_and_then_sees_what_happens(household: Household):
    write(household)
    seen = watching(household, None)
    assert next(seen).event is None
    written = [write(household) for _ in range(3)]
    assert next_ids(seen, 3) == written


def test_a_watcher_may_begin_with_the_oldest(household: Household):
    written = [write(household) for _ in range(3)]
    assert next_ids(watching(household), 3) == written


def test_a_position_leads_on_after_what_was_seen(household: Household):
    written = [write(household) for _ in range(5)]
    first = [progress for progress in islice(watching(household), 3) if progress.event]
    assert next_ids(watching(household, first[-1].position), 3) == written[2:]


def test_events_of_one_transaction_are_seen_one_by_one(household: Household):
    trail = household.journeys.sessions._audit
    rows = [trail.event(household.call(), Event.SIGNED_IN) for _ in range(4)]
    with household.core.database.begin() as transaction:
        for row in rows:
            trail.write(transaction.connection, row)
    position: Position = BEGINNING
    for row in rows:
        progress = next(each for each in watching(household, position) if each.event)
        assert progress.event is not None
        assert progress.event.id == row.id
        position = progress.position


def test_a_watcher_sees_its_tenant_and_what_it_wants_only(household: Household):
    write(household, tenant="other")
    write(household)
    wanted = write(household, Event.SESSION_REVOKED)
    assert next_ids(watching(household, wanted=EventFilter(events=["session.revoked"])), 1) == [wanted]


def test_the_token_of_a_watcher_who_wants_little_moves_on_all_the_same(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("identity_service.calls.audit_reading.PROGRESS_SECONDS", 0)
    written = [write(household) for _ in range(3)]
    seen = watching(household, wanted=EventFilter(outcome="refused"))
    assert next(seen).position == BEGINNING
    moved_on = next(seen)
    assert (moved_on.event, moved_on.position.id) == (None, written[-1])


def test_what_a_transaction_under_way_has_made_is_seen_after_it_and_nothing_before_it_is_missed(postgres_url, tmp_path):
    with Household(postgres_url, tmp_path) as household:
        trail = household.journeys.sessions._audit
        early = trail.event(household.call(), Event.SESSION_REVOKED)
        with household.core.database.begin() as transaction:
            trail.write(transaction.connection, early)
            late = write(household)
            with household.core.database.connect() as connection:
                assert queries.settled_after(connection, TENANT, BEGINNING, most=9) == []
        assert next_ids(watching(household), 2) == [early.id, late]


def test_a_rolled_back_event_is_never_seen(household: Household):
    writers = Writers(household, 1, 1)
    with suppress(RuntimeError), household.core.database.begin() as transaction:
        writers.write(transaction, [new_id()], lambda: 0.0)
        raise RuntimeError
    after = write(household)
    assert next_ids(watching(household), 1) == [after]


def test_a_position_that_no_event_can_have_is_refused(household: Household):
    write(household)
    with pytest.raises(ResumeTokenInvalid):
        next(watching(household, Position(2**62, UUID(int=0))))


def test_positions_never_come_twice_even_if_all_events_are_deleted(sqlite_url, tmp_path):
    with Household(sqlite_url, tmp_path) as household:
        write(household)
        seen = next(each for each in watching(household) if each.event).position
        with household.core.database.connect() as connection:
            connection.exec_driver_sql("DELETE FROM audit_events")
            connection.exec_driver_sql("VACUUM")
        time.sleep(0.002)
        after = write(household)
        assert next_ids(watching(household, seen), 1) == [after]


def test_a_watch_ends_when_nobody_watches_and_when_the_server_stops(household: Household):
    assert [progress.event for progress in watching(household, goes_on=lambda: False)] == [None]
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(ServerStopping):
        list(watching(household, stopping=stopping))


class Writers:
    """Threads that write events in transactions of random length, some of which are rolled back."""

    def __init__(self, household: Household, number: int, transactions: int) -> None:
        self._household = household
        self._number = number
        self._transactions = transactions
        self.committed: set[UUID] = set()
        self.done = threading.Event()

    def run(self) -> None:
        all_at_once([lambda seed=seed: self._write(random.Random(seed)) for seed in range(self._number)])
        self.done.set()

    def _write(self, chance: random.Random) -> None:
        for _ in range(self._transactions):
            ids = [new_id() for _ in range(chance.randint(1, 3))]
            try:
                self._transact(chance, ids)
                self.committed.update(ids)
            except RuntimeError:
                pass

    def _transact(self, chance: random.Random, ids: list[UUID]) -> None:
        with self._household.core.database.begin() as transaction:
            self.write(transaction, ids, lambda: chance.random() * 0.004)
            if chance.random() < 0.1:
                raise RuntimeError

    def write(self, transaction: Transaction, ids: list[UUID], pause: Callable[[], float]) -> None:
        trail, call = self._household.journeys.sessions._audit, self._household.call()
        for subject_id in ids:
            trail.write(transaction.connection, trail.event(call, Event.SIGNED_IN, subject_id=subject_id))
            time.sleep(pause())


def follow(household: Household, writers: Writers, chance: random.Random) -> list[UUID]:
    """What a watcher sees who goes away at random, and comes back with the last token."""
    seen: list[UUID] = []
    position = BEGINNING
    while not writers.done.is_set() or len(seen) < len(writers.committed):
        progresses = watching(household, position, goes_on=lambda: chance.random() > 0.2)
        for progress in islice(progresses, chance.randint(1, 30)):
            position = progress.position
            if progress.event and progress.event.subject_id:
                seen.append(progress.event.subject_id)
    return seen


def test_watchers_who_come_and_go_see_each_event_exactly_once_while_many_write(
    household: Household, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("identity_service.calls.audit_reading.WATCH_INTERVAL_SECONDS", 0.002)
    monkeypatch.setattr("identity_service.calls.audit_reading._BATCH", 7)
    writers = Writers(household, 5, 40)
    other_process = household.restarted()
    with other_process:
        results = all_at_once(
            [writers.run]
            + [
                lambda seed=seed, at=at: follow(at, writers, random.Random(seed))
                for seed, at in ((1, household), (2, other_process), (3, other_process))
            ]
        )
    assert len(writers.committed) > 200
    for seen in results[1:]:
        assert isinstance(seen, list), seen
        assert len(seen) == len(writers.committed)
        assert set(seen) == writers.committed
