"""The open page hears of new mail without reloading."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from identity_service.ids import new_id
from identity_service.notification.senders import Mailbox
from identity_service.storage.tables import notifications
from identity_service.web import mail_changes, mail_list
from identity_service.web.mail_changes import MailChanges
from identity_service.web.mail_list import Listing
from tests.services.waiting import ever_within
from tests.unit.web.edge import capture


def version(client):
    text = client.get("/mails?after=none").text
    return text.partition('data-version="')[2].partition('"')[0]


@pytest.fixture
def waiting(client, joined):
    """Makes requests for the next list, under way in a thread."""

    def ask():
        after = version(client)
        answer = ThreadPoolExecutor(1).submit(client.get, f"/mails?after={after}&wait=20")
        assert joined.acquire(timeout=30)
        assert not answer.done()
        return answer

    return ask


def test_a_mail_that_arrives_is_told_within_a_second(waiting, mail):
    capture(mail, subject="The first")

    def told() -> float:
        answer, subject = waiting(), f"Another, {new_id()}"
        capture(mail, subject=subject)
        started = time.monotonic()
        assert subject in answer.result(15).text
        return time.monotonic() - started

    assert ever_within(1, told)


def test_the_first_mail_of_all_is_told_too(waiting, mail):
    answer = waiting()
    capture(mail, subject="The first")
    assert "The first" in answer.result(10).text


def test_a_change_of_state_is_told(waiting, home, monkeypatch):
    monkeypatch.setattr(mail_list, "LOOK_AGAIN_SECONDS", 0.2)
    notification_id = home.register().notification_id
    home.post()
    answer = waiting()
    with home.core.database.connect() as connection:
        connection.execute(update(notifications).where(notifications.c.id == notification_id).values(state="dead"))
    assert 'data-state="dead"' in answer.result(10).text


def test_nothing_new_is_told_as_such(client, mail):
    capture(mail)
    answer = client.get(f"/mails?after={version(client)}&wait=1")
    assert (answer.status_code, answer.content) == (204, b"")


def test_who_does_not_want_to_wait_is_answered_at_once(client, mail):
    capture(mail)
    after = version(client)

    def answered() -> float:
        started = time.monotonic()
        assert client.get(f"/mails?after={after}&wait=0").status_code == 204
        return time.monotonic() - started

    assert ever_within(0.5, answered)


@pytest.mark.parametrize("wait", ["-1", "x", "1e9", "³"])
def test_a_strange_wait_is_no_error(client, mail, wait):
    capture(mail)
    assert client.get(f"/mails?after=older&wait={wait}").status_code == 200


def test_waiting_ends_when_the_server_stops(waiting, parts):
    answer = waiting()
    parts.stopping.set()
    assert answer.result(15).status_code == 204


def test_too_many_waiting_are_told_to_ask_later(client, waiting, parts, monkeypatch):
    monkeypatch.setattr(mail_changes, "MOST_WAITING", 1)
    answer = waiting()
    refused = client.get(f"/mails?after={version(client)}&wait=20")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    parts.stopping.set()
    assert answer.result(15).status_code == 204


def test_however_many_wait_only_one_looks_and_nobody_when_none_waits():
    looks = []

    def current():
        looks.append(time.monotonic())
        return Listing("same", ())

    async def scenario():
        changes = MailChanges(current, Event())
        assert await asyncio.gather(*(changes.after("same", 1.0) for _ in range(50))) == [None] * 50
        first_looks = len(looks)
        await asyncio.sleep(0.6)
        return first_looks

    first_looks = asyncio.run(scenario())
    assert first_looks <= 50 + 7  # each looks once before it waits
    assert len(looks) <= first_looks + 1


def test_a_mailbox_that_cannot_be_read_lets_the_waiting_go():
    answers = iter([Listing("same", ())])
    changes = MailChanges(lambda: next(answers), Event())

    assert asyncio.run(asyncio.wait_for(changes.after("same", 20), 5)) is None


def test_a_list_at_rest_is_not_read_again(home, mail):
    capture(mail)
    pages = []
    counted = SimpleNamespace(page=lambda *a, **k: pages.append(1) or [])
    mails = mail_list.MailList(Mailbox(mail), counted, "default")
    for _ in range(5):
        mails.current()
    assert len(pages) == 1
