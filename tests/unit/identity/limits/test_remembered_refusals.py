"""Refusals of a shared store that need not be asked for again."""

from identity_service.identity.limits import Rate, Take
from identity_service.identity.limits.local_windows import LocalWindows
from identity_service.identity.limits.remembered_refusals import MOST, REMEMBERED_SECONDS, RememberedRefusals
from tests.services.hands import Hands

ONE = [Take("alice", Rate(1, 60))]


class CountedWindows(LocalWindows):
    """A store that counts how often it is asked."""

    def __init__(self, now):
        super().__init__(now)
        self.asked = 0

    def take(self, takes, repeat=None):
        self.asked += 1
        return super().take(takes, repeat)


def remembering():
    now = Hands()
    store = CountedWindows(now)
    return now, store, RememberedRefusals(store, now)


def test_what_is_refused_is_refused_again_without_asking_and_with_the_right_wait():
    now, store, windows = remembering()
    assert windows.take(ONE) is None
    assert windows.take(ONE) == 60
    now.turn(2)
    assert [windows.take(ONE) for _ in range(50)] == [58] * 50
    assert store.asked == 2


def test_after_a_moment_the_store_is_asked_anew():
    now, store, windows = remembering()
    windows.take(ONE), windows.take(ONE)
    now.turn(REMEMBERED_SECONDS)
    assert windows.take(ONE) == 60 - REMEMBERED_SECONDS
    assert store.asked == 3


def test_nothing_is_refused_once_it_is_free():
    now, _, windows = remembering()
    windows.take(ONE), windows.take(ONE)
    now.turn(57)
    assert windows.take(ONE) == 3
    now.turn(3)
    assert windows.take(ONE) is None


def test_another_subject_and_another_rate_are_asked_for():
    _, store, windows = remembering()
    windows.take(ONE), windows.take(ONE)
    assert windows.take([Take("bob", Rate(1, 60))]) is None
    assert windows.take([Take("alice", Rate(2, 60))]) is None
    assert windows.take([*ONE, Take("bob", Rate(2, 60))]) is not None
    assert store.asked == 5


def test_a_repeat_is_granted_as_the_call_that_it_repeats():
    _, _, windows = remembering()
    assert windows.take(ONE, "repeat") is None
    assert windows.take(ONE) is not None
    assert windows.take(ONE, "repeat") is None


def test_no_more_are_remembered_than_there_is_room_for():
    _, _, windows = remembering()
    for number in range(MOST + 10):
        subject = [Take(str(number), Rate(1, 60))]
        windows.take(subject), windows.take(subject)
    assert len(windows._refused) <= MOST
