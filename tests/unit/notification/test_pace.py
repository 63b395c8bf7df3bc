"""How many mails a worker hands over at once, and when it leaves the mail server alone."""

import itertools
import uuid
from datetime import timedelta
from email.message import EmailMessage

import pytest

from identity_service.notification.messages import pace
from identity_service.notification.messages.pace import Pace, Rest
from identity_service.notification.senders import OutgoingMail, TransientFailure

_MAIL = OutgoingMail(uuid.uuid4(), "", "ada@example.org", EmailMessage())


@pytest.mark.parametrize(("least", "sizes"), [(1, [8, 4, 2, 1, 1]), (100, [100] * 5)])
def test_a_slow_sender_gets_fewer_at_once_but_never_fewer_than_travel_together(
    least: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
):
    seconds = itertools.count(1000.0)
    monkeypatch.setattr(pace.time, "monotonic", lambda: next(seconds))
    mails, paced = itertools.repeat(_MAIL), Pace(least)

    assert [len(paced.next(mails)) for _ in sizes] == sizes


@pytest.mark.parametrize(
    ("failures", "seconds"), [([None] * 5, 30), ([None, 90, 60, None, None], 90), ([90] * 4, None)]
)
def test_a_server_that_fails_five_in_a_row_is_left_alone_as_long_as_it_asks(
    failures: list[float | None], seconds: int | None
):
    paced = Pace()

    paced.saw([TransientFailure("503 later", retry_after=each) for each in failures])

    assert paced.rest == (seconds and Rest(timedelta(seconds=seconds), "503 later"))
    assert bool(paced.next(itertools.repeat(_MAIL))) is (seconds is None)
