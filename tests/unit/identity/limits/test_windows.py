"""Windows never grant more than their amount, tell the right wait, and forget."""

from hypothesis import given
from hypothesis import strategies as st

from identity_service.identity.limits import Rate, Rule, Take
from identity_service.identity.limits.local_windows import LocalWindows
from tests.services.at_once import all_at_once
from tests.services.hands import Hands
from tests.services.limits import granted, local_limiter


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 5))
def test_no_window_ever_grants_more_than_its_amount(steps, amount):
    now, times = Hands(), []
    windows = LocalWindows(now)
    for step in steps:
        now.turn(step)
        if windows.take([Take("key", Rate(amount, 60))]) is None:
            times.append(now.seconds)
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[amount:], strict=False))


@given(st.lists(st.floats(0, 30), min_size=1, max_size=40), st.integers(1, 3))
def test_the_wait_that_is_told_is_right_to_the_moment(steps, amount):
    now = Hands()
    windows = LocalWindows(now)
    for step in steps:
        now.turn(step)
        wait = windows.take([Take("key", Rate(amount, 60))])
    if wait is not None:
        assert 0 < wait <= 60
        now.turn(wait + 1e-6)
        assert windows.take([Take("key", Rate(amount, 60))]) is None


def test_what_has_run_out_is_forgotten():
    now = Hands()
    windows = LocalWindows(now)
    for number in range(1000):
        windows.take([Take(f"key {number}", Rate(3, 60))])
    now.turn(60)
    windows.take([Take("last", Rate(3, 60))])
    assert [list(kept) for kept in windows._by_period.values()] == [["last"]]


def test_memory_is_bounded_and_the_idlest_subject_goes_first():
    windows = LocalWindows(Hands(), most=10)
    for number in range(1000):
        windows.take([Take("busy", Rate(5000, 60))])
        windows.take([Take(f"key {number}", Rate(1, 60))])
    [kept] = windows._by_period.values()
    assert len(kept) <= 11
    assert len(kept["busy"]) == 1000


def test_threads_together_are_granted_no_more_than_one_would_be():
    limiter = local_limiter(sign_in="50/h")
    assert sum(all_at_once([lambda: granted(limiter, 40, Rule.SIGN_IN)] * 8)) == 50
