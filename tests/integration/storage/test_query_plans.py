"""With many rows, everything that runs at each call, or each second, finds its rows by an index."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.challenge_list import ChallengeState
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.user_accounts import UserFilter
from identity_service.ids import new_id
from identity_service.notification.kinds import Kind
from identity_service.notification.messages.campaigns import CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named
from identity_service.notification.reading import Filter
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.templates import Slot
from identity_service.storage.queries import delivery, erasure, replacements
from identity_service.storage.rows import Challenge
from identity_service.storage.tables import challenges
from tests.services.databases import PostgresDatabases, SqliteDatabases
from tests.services.household import PASSWORD, Household
from tests.services.many_challenges import crowd
from tests.services.many_notifications import fill
from tests.services.many_users import add_users
from tests.services.plans import in_transaction, plans_of

ADA = "ada@example.com"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WHOLLY_WANTED = "notifications USING INDEX ix_notifications_erasable"  # it holds nothing else than what is looked for
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
            # To many people, as mails are: if all went to one, reading the table would be the best plan.
            connection.exec_driver_sql("UPDATE notifications SET recipient_key = CAST(id AS VARCHAR(36))")
            connection.exec_driver_sql("ANALYZE")
        yield household
    databases.drop(url)


def assert_no_table_is_read_through(household: Household, act: Callable[[], object]) -> None:
    plans = plans_of(household.core.database, act)
    assert plans
    for plan in plans:
        assert "Seq Scan" not in plan, plan
        assert not re.search(rf"^SCAN (?!CONSTANT|counted|anon_|{WHOLLY_WANTED})", plan, re.MULTILINE), plan


def test_a_claim_finds_its_row(crowded: Household):
    now = crowded.clock()
    claim = partial(delivery.claim, tenant_id="default", notification_id=new_id(), now=now, lease_ends_at=now)
    assert_no_table_is_read_through(crowded, in_transaction(crowded.core.database, claim))


def test_the_relay_finds_what_is_due(crowded: Household):
    now = crowded.clock()
    relay = partial(delivery.relay, now=now, again_at=now, most=200)
    assert_no_table_is_read_through(crowded, in_transaction(crowded.core.database, relay))


def test_the_relay_finds_what_a_lost_worker_left(crowded: Household):
    abandoned = partial(delivery.abandoned, now=crowded.clock(), most=200)
    assert_no_table_is_read_through(crowded, in_transaction(crowded.core.database, abandoned))


def test_a_delivery_finds_its_rows(crowded: Household):
    crowded.journeys.request_code(crowded.call(), ADA)
    assert_no_table_is_read_through(crowded, crowded.post)


def test_a_late_mail_finds_what_it_is_about(crowded: Household):
    challenge = Challenge(**crowded.rows(challenges)[0])
    given = {"tenant_id": "default", "expires_at": crowded.clock()}
    looks = (
        partial(replacements.has_newer, challenge=challenge),
        partial(replacements.extend_registration, registration_id=new_id(), **given),
        partial(replacements.extend_email_change, change_id=new_id(), **given),
        partial(replacements.extend_invitation, invitation_id=new_id(), **given),
    )
    for look in looks:
        assert_no_table_is_read_through(crowded, in_transaction(crowded.core.database, look))


def test_templates_are_found_by_what_they_are_for(crowded: Household):
    slot, source = Slot("welcome", "", "en"), OverrideSource("x", "x", "x")
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.templates.put(crowded.call(), slot, source))
    assert_no_table_is_read_through(crowded, lambda: crowded.core.overrides.find("default", Kind.WELCOME, None, "en"))
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.templates.delete(crowded.call(), slot))


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


def test_a_change_of_an_address_finds_its_rows(crowded: Household):
    user, mails = crowded.user("mover@example.com"), []
    command = EmailChangeCommand(user.id, PASSWORD, "moved@example.com")
    assert_no_table_is_read_through(
        crowded, lambda: mails.append(crowded.journeys.start_email_change(crowded.call(), command))
    )
    proof = UserCode(user.id, crowded.letter(mails[0].notification_id).code)
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.confirm_email_change(crowded.call(), proof))


def test_an_invitation_finds_its_rows(crowded: Household):
    user, mails = crowded.user("inviter@example.com"), []
    command = InviteCommand(user.id, "invited@example.com", "Artist")
    assert_no_table_is_read_through(crowded, lambda: mails.append(crowded.journeys.invite(crowded.call(), command)))
    acceptance = AcceptCommand(crowded.letter(mails[0].notification_id).token, PASSWORD)
    assert_no_table_is_read_through(crowded, lambda: crowded.journeys.accept_invitation(crowded.call(), acceptance))


def test_a_deletion_finds_what_it_erases(crowded: Household):
    user = crowded.user("leaver@example.com")
    crowded.post()
    delete = partial(crowded.journeys.delete_account, crowded.call(), user.id, PASSWORD)
    assert_no_table_is_read_through(crowded, delete)
    crowded.post()
    assert_no_table_is_read_through(
        crowded, in_transaction(crowded.core.database, partial(erasure.erase_done, most=20))
    )


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


def assert_a_page_is_a_range_of_an_index(household: Household, act: Callable[[], object], *within: str) -> None:
    """Nothing is collected and sorted, and `within` names the indexes that are read no further than a page."""
    for plan in plans_of(household.core.database, act):
        assert not re.search(r"Seq Scan|-> +(Incremental )?Sort$|Bitmap|^SCAN (?!anon_)", plan, re.MULTILINE), plan
        if household.core.database.dialect == "postgresql":
            assert set(re.findall(r" using (\w+)", plan)) == set(within), plan
        else:
            pages = plan.count("SCAN anon_")  # each cut to its size before
            assert plan.count("TEMP B-TREE") == pages, plan


USER_LISTS = {
    "all": (UserFilter(), "pk_users"),
    "active": (UserFilter(state="active"), "pk_users"),
    "suspended": (UserFilter(state="suspended"), "ix_users_suspended"),
    "by type": (UserFilter(user_types=["type 1"]), "ix_users_type"),
    "by types": (UserFilter(user_types=["type 1", "type 2"]), "ix_users_type"),
    "by type and state": (UserFilter(user_types=["type 1"], state="active"), "ix_users_type"),
    "by time": (UserFilter(created_from=LONG_AGO, created_before=LONG_AGO), "pk_users"),
}


@pytest.mark.parametrize("case", USER_LISTS)
def test_a_page_of_users_is_a_range_of_an_index(crowded: Household, case: str):
    wanted, index = USER_LISTS[case]
    page = partial(crowded.journeys.user_accounts.page, "default", wanted, size=50)
    assert_a_page_is_a_range_of_an_index(crowded, lambda: page(before=None), index)
    assert_a_page_is_a_range_of_an_index(crowded, lambda: page(before=new_id()), index)


@pytest.mark.parametrize("wanted", [UserFilter(), UserFilter(state="active"), UserFilter(user_types=["type 1"])])
def test_users_whose_addresses_begin_alike_are_a_range_of_an_index(crowded: Household, wanted: UserFilter):
    page = partial(crowded.journeys.user_accounts.page_by_address, "default", wanted, prefix="1", size=50)
    assert_a_page_is_a_range_of_an_index(crowded, lambda: page(after=None), "ix_users_address_prefix")
    assert_a_page_is_a_range_of_an_index(crowded, lambda: page(after="12@example.com"), "ix_users_address_prefix")


def test_a_time_bounds_how_much_of_the_index_is_read(crowded: Household):
    page = partial(crowded.journeys.user_accounts.page, "default", UserFilter(created_before=LONG_AGO), size=50)
    (plan,) = plans_of(crowded.core.database, lambda: page(before=None))
    assert re.search(r"Index Cond: .*id < |\(tenant_id=\? AND id<\?\)", plan), plan


def test_a_user_is_found_by_the_address(crowded: Household):
    accounts = crowded.journeys.user_accounts
    wanted = UserFilter(address_key=ADA)
    assert_no_table_is_read_through(crowded, lambda: accounts.page("default", wanted, before=None, size=9))


def test_a_suspension_finds_the_user_and_the_sessions(crowded: Household):
    user = crowded.user("carol@example.com")
    accounts = crowded.journeys.user_accounts
    assert_no_table_is_read_through(crowded, lambda: accounts.suspend(crowded.call(), user.id, ""))
    assert_no_table_is_read_through(crowded, lambda: accounts.reinstate(crowded.call(), user.id))
    assert_no_table_is_read_through(crowded, lambda: accounts.update(crowded.call(), user.id, {"given_name": "C"}))


CHALLENGE_LISTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "all": ({}, {"pk_challenges"}),
    "codes to sign in": ({"purpose": Purpose.SIGN_IN}, {"pk_challenges"}),
    "invitations": ({"purpose": Purpose.INVITATION}, {"ix_challenges_purpose"}),
    "valid": ({"state": ChallengeState.VALID}, {"pk_challenges", "ix_challenges_purpose"}),
    "used": ({"state": ChallengeState.USED}, {"pk_challenges", "ix_challenges_purpose"}),
    "expired codes": ({"purpose": Purpose.SIGN_IN, "state": ChallengeState.EXPIRED}, {"pk_challenges"}),
    "by address": ({"email": ADA}, {"ix_challenges_address"}),
    "by address and state": ({"email": ADA, "state": ChallengeState.USED}, {"ix_challenges_address"}),
    "by address and purpose": ({"email": ADA, "purpose": Purpose.SIGN_IN}, {"ix_challenges_address"}),
}


@pytest.mark.parametrize("case", CHALLENGE_LISTS)
def test_a_page_of_challenges_is_a_few_ranges_of_an_index(crowded: Household, case: str):
    wanted, indexes = CHALLENGE_LISTS[case]
    page = partial(crowded.journeys.challenge_list.page, "default", size=50, **wanted)
    budgets = {"pk_challenge_budgets"}
    assert_a_page_is_a_range_of_an_index(crowded, lambda: page(before=None), *indexes | budgets)
    assert_a_page_is_a_range_of_an_index(crowded, lambda: page(before=new_id()), *indexes | budgets)


def test_the_challenges_of_a_user_are_found(crowded: Household):
    user = crowded.user("dora@example.com")
    page = partial(crowded.journeys.challenge_list.page, "default", user_id=user.id, before=None, size=50)
    assert_no_table_is_read_through(crowded, page)


@pytest.mark.parametrize("state", [ChallengeState.VALID, ChallengeState.EXPIRED])
def test_a_state_bounds_how_much_of_the_index_is_read(crowded: Household, state: ChallengeState):
    page = partial(crowded.journeys.challenge_list.page, "default", purpose=Purpose.SIGN_IN, state=state, size=50)
    (plan,) = plans_of(crowded.core.database, lambda: page(before=None))
    assert re.search(r"Index Cond: .*\(id (>=|<) |\(tenant_id=\? AND id[<>]\?\)", plan), plan


@pytest.fixture(scope="module")
def campaign(crowded: Household) -> UUID:
    """A campaign in the middle of its fan-out."""
    add_users(crowded, 300, user_type="artist")
    command = CreateCampaign("Spring", ("artist", "label"), Content("news", subject="News", body="Text"))
    campaign_id = crowded.journeys.campaigns.create(crowded.call(), command).id
    crowded.take_messages()
    return campaign_id


def test_a_fan_out_finds_its_users(crowded: Household, campaign: UUID):
    step = partial(crowded.mailroom.fan_out.run, "default", campaign)
    assert_no_table_is_read_through(crowded, step)


def test_a_campaign_finds_its_mails_and_records_them(crowded: Household, campaign: UUID):
    crowded.mailroom.fan_out.run("default", campaign)
    assert_no_table_is_read_through(crowded, crowded.relay)
    assert crowded.journeys.campaigns.get("default", campaign).message.sent == 300


def test_users_named_one_by_one_are_found_by_index(crowded: Household):
    people = add_users(crowded, 20, user_type="few")
    content = Content("news", subject="News", body="Text")
    for named in (Named(user_ids=tuple(people)), Named(address_keys=("1@few.example", "2@few.example"))):
        notify = partial(crowded.journeys.notify_users, crowded.call(), named, content)
        assert_no_table_is_read_through(crowded, notify)
