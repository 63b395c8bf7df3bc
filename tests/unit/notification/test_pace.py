"""How many mails a worker hands over at once."""

import itertools
import uuid
from email.message import EmailMessage

import pytest

from identity_service.notification.messages import pace
from identity_service.notification.messages.pace import Pace
from identity_service.notification.senders import OutgoingMail

_MAIL = OutgoingMail(uuid.uuid4(), "", "ada@example.org", EmailMessage())


@pytest.mark.parametrize(("least", "sizes"), [(1, [8, 4, 2, 1, 1]), (100, [100] * 5)])
def test_a_slow_sender_gets_fewer_at_once_but_never_fewer_than_travel_together(
    least: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
):
    seconds = itertools.count(1000.0)
    monkeypatch.setattr(pace.time, "monotonic", lambda: next(seconds))
    mails, paced = itertools.repeat(_MAIL), Pace(least)

    assert [len(paced.next(mails)) for _ in sizes] == sizes
