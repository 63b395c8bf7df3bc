"""Tokens of pages and streams: they lead on where they were answered, and nowhere else."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from identity.v1.session_service_pb2 import ListSessionsRequest

from identity_service.calls.errors import ResumeTokenInvalid
from identity_service.ids import new_id
from identity_service.rpc.paging import (
    PageTokenInvalid,
    last_seen,
    last_seen_text,
    next_page_token_of_text,
    page,
)
from identity_service.rpc.resuming import resume_token, resumed_revision

ADA, BOB = str(new_id()), str(new_id())
MALFORMED = ["A", "AAAA", "A" * 64, "ä", "💌", "=", " "]


@dataclass
class Entry:
    id: UUID


def entries(number: int):
    """A table of so many rows, and how it is read."""
    kept = [Entry(new_id()) for _ in range(number)]

    def read(*, before: UUID | None, size: int) -> list[Entry]:
        start = next((index + 1 for index, entry in enumerate(kept) if entry.id == before), 0)
        return kept[start : start + size]

    return kept, read


def test_a_page_token_leads_to_what_follows_the_last_of_its_page():
    kept, read = entries(3)
    first, token = page(ListSessionsRequest(user_id=ADA, page_size=2), read)
    assert first == kept[:2]
    assert page(ListSessionsRequest(user_id=ADA, page_token=token, page_size=9), read) == (kept[2:], "")


def test_the_last_page_has_no_token_and_the_first_needs_none():
    kept, read = entries(2)
    assert page(ListSessionsRequest(page_size=2), read) == (kept, "")
    assert last_seen(ListSessionsRequest()) is None


def test_a_page_token_of_another_filter_is_refused():
    _, token = page(ListSessionsRequest(user_id=ADA, page_size=1), entries(2)[1])
    with pytest.raises(PageTokenInvalid):
        last_seen(ListSessionsRequest(user_id=BOB, page_token=token))


def test_a_page_token_that_no_database_could_look_for_is_refused():
    """It is not signed: whoever knows how it is made can put any text into it."""
    token = next_page_token_of_text(ListSessionsRequest(), ["ada\0", "bob"], 1)
    with pytest.raises(PageTokenInvalid):
        last_seen_text(ListSessionsRequest(page_token=token))


def test_a_resume_token_stands_for_what_was_seen():
    notification_id = new_id()
    assert resumed_revision(resume_token(notification_id, 7), notification_id) == 7
    assert resumed_revision("", notification_id) == -1


def test_a_resume_token_of_another_stream_is_refused():
    with pytest.raises(ResumeTokenInvalid):
        resumed_revision(resume_token(new_id(), 7), new_id())


@pytest.mark.parametrize("token", MALFORMED)
def test_what_is_no_token_is_refused(token: str):
    with pytest.raises(PageTokenInvalid):
        last_seen(ListSessionsRequest(page_token=token))
    with pytest.raises(ResumeTokenInvalid):
        resumed_revision(token, new_id())
