"""With many rows, everything that runs at each call, or each second, finds its rows by an index."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from identity_service.ids import new_id
from identity_service.notification.reading import Filter
from identity_service.storage.queries import delivery
from tests.services.databases import PostgresDatabases, SqliteDatabases
from tests.services.household import Household
from tests.services.many_challenges import crowd
from tests.services.many_notifications import fill
from tests.services.plans import plans_of

ADA = "ada@example.com"
ROWS = {"postgres": 20_000, "sqlite": 1_000}  # SQLite plans without looking at how many there are


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def crowded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A household with many rows of everything, where ada@example.com has a user. Its tests change little."""
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(f"{request.param}_databases")
    url, rows = databases.create(), ROWS[request.param]
    folder: Path = tmp_path_factory.mktemp("crowded")
    with Household(url, folder) as household:
        now = household.clock()
        fill(household.core.database, rows, now=now - timedelta(days=1), state="sent")
        fill(household.core.database, 40, now=now - timedelta(minutes=5))
        fill(household.core.database, 10, now=now - timedelta(minutes=5), state="sending", attempts=1)
        crowd(household.core.database, rows // 4, now)
        household.user(ADA)
        with household.core.database.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
        yield household
    databases.drop(url)


def assert_no_table_is_read_through(household: Household, act: Callable[[], object]) -> None:
    plans = plans_of(household.core.database, act)
    assert plans
    for plan in plans:
        assert "Seq Scan" not in plan, plan
        assert not re.search(r"^SCAN (?!CONSTANT|counted)", plan, re.MULTILINE), plan


def in_transaction(household: Household, act: Callable[..., object]) -> Callable[[], object]:
    def run() -> None:
        with household.core.database.begin() as transaction:
            act(transaction.connection)

    return run


def test_a_claim_finds_its_row(crowded: Household):
    now = crowded.clock()
    claim = partial(delivery.claim, tenant_id="default", notification_id=new_id(), now=now, lease_ends_at=now)
    assert_no_table_is_read_through(crowded, in_transaction(crowded, claim))


def test_the_relay_finds_what_is_due(crowded: Household):
    now = crowded.clock()
    relay = partial(delivery.relay, now=now, again_at=now, most=200)
    assert_no_table_is_read_through(crowded, in_transaction(crowded, relay))


def test_the_relay_finds_what_a_lost_worker_left(crowded: Household):
    abandoned = partial(delivery.abandoned, now=crowded.clock(), most=200)
    assert_no_table_is_read_through(crowded, in_transaction(crowded, abandoned))


def test_a_delivery_finds_its_rows(crowded: Household):
    crowded.journeys.request_code(crowded.call(), ADA)
    assert_no_table_is_read_through(crowded, crowded.post)


def test_a_registration_finds_its_rows(crowded: Household):
    registered = []
    assert_no_table_is_read_through(crowded, lambda: registered.append(crowded.register("new@example.com")))
    link = crowded.letter(registered[0].notification_id).link
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.verify_email(crowded.call(), link))


def test_a_resend_finds_its_registration(crowded: Household):
    resend = crowded.journeys.resend_verification.to_address
    assert_no_table_is_read_through(crowded, lambda: resend(crowded.call(), "1@example.com"))


def test_a_code_finds_its_challenges_and_its_user(crowded: Household):
    code = crowded.code(ADA)
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.verify_code(crowded.call(), ADA, code))


def test_a_code_of_one_registration_finds_its_challenges(crowded: Household):
    registered = crowded.register("bob@example.com")
    proof = replace(crowded.proof(registered.notification_id, "bob@example.com"), subject_id=registered.user_id)
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.verify_email(crowded.call(), proof))


def test_a_refresh_finds_its_session(crowded: Household):
    tokens = crowded.sign_in(ADA).tokens
    refresh = crowded.journeys.refresh_session
    assert_no_table_is_read_through(crowded, lambda: refresh(crowded.call(), tokens.refresh_token))
    assert_no_table_is_read_through(crowded, lambda: refresh(crowded.call(), tokens.refresh_token))


def test_sessions_are_listed_and_revoked_by_their_user(crowded: Household):
    sessions = crowded.journeys.sessions
    page = partial(sessions.page, "default", new_id(), with_ended=False, before=None, size=50)
    assert_no_table_is_read_through(crowded, page)
    assert_no_table_is_read_through(crowded, lambda: sessions.revoke_all(crowded.call(), new_id(), None))


@pytest.mark.parametrize(
    "wanted",
    [Filter(), Filter(states=["queued"]), Filter(kinds=["welcome"]), Filter(recipient_key=ADA)],
    ids=["all", "by state", "by kind", "by recipient"],
)
def test_a_page_of_notifications_is_a_range_of_an_index(crowded: Household, wanted: Filter):
    page = partial(crowded.journeys.notifications.page, "default", wanted, size=50)
    assert_no_table_is_read_through(crowded, lambda: page(before=None))
    assert_no_table_is_read_through(crowded, lambda: page(before=new_id()))


def test_a_notification_is_read_with_its_attempts(crowded: Household):
    (mail,) = crowded.journeys.notifications.page("default", Filter(states=["sending"]), before=None, size=1)
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.notifications.get("default", mail.id))
