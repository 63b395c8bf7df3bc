"""Limits while the store that all processes share is away."""

import threading

from structlog.testing import capture_logs

from identity_service.identity.limits import CountingLimiter, Limits, Rate, Rule, Take
from identity_service.identity.limits.fallback_windows import FallbackWindows
from identity_service.identity.limits.local_windows import LocalWindows
from identity_service.identity.limits.windows import StoreAway
from tests.services.at_once import all_at_once
from tests.services.hands import Hands
from tests.services.limits import KEY, granted


class BreakableWindows(LocalWindows):
    """Shared windows that can be cut off."""

    def __init__(self, now):
        super().__init__(now)
        self.away = False
        self.tries = 0

    def take(self, takes, repeat=None):
        self.tries += 1
        if self.away:
            raise StoreAway("ConnectionError")
        return super().take(takes, repeat)


def fallback(now):
    shared = BreakableWindows(now)
    windows = FallbackWindows(shared, LocalWindows(now), now)
    return shared, CountingLimiter(lambda _tenant: Limits(), windows, KEY, local=LocalWindows(now))


def test_while_the_store_is_away_the_limits_are_neither_open_nor_closed():
    shared, limiter = fallback(Hands())
    shared.away = True
    assert granted(limiter, 20, Rule.OTP_REQUEST, "default", "alice") == 3
    assert granted(limiter, 20, Rule.OTP_REQUEST, "default", "bob") == 3


def test_a_store_that_is_away_is_left_alone_for_longer_and_longer():
    now = Hands()
    shared, limiter = fallback(now)
    shared.away = True
    tried_at = []
    for second in range(200):
        before = shared.tries
        granted(limiter, 5, Rule.OTP_REQUEST, "default", str(second))
        if shared.tries > before:
            assert shared.tries == before + 1
            tried_at.append(second)
        now.turn(1)
    assert tried_at == [0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181]


def test_the_outage_and_its_end_are_logged_once_each():
    now = Hands()
    shared, limiter = fallback(now)
    with capture_logs() as logs:
        shared.away = True
        for _ in range(50):
            granted(limiter, 2)
            now.turn(1)
        shared.away = False
        now.turn(30)
        granted(limiter, 2)
    assert [entry["event"] for entry in logs] == ["limit_store_unavailable", "limit_store_available"]
    assert logs[0]["error"] == "ConnectionError"


def test_the_shared_count_is_used_again_as_soon_as_the_store_is_back():
    now = Hands()
    shared, limiter = fallback(now)
    assert granted(limiter, 3) == 3
    shared.away = True
    assert granted(limiter, 1) == 1
    shared.away = False
    now.turn(1)
    assert granted(limiter, 1) == 0


def test_calls_that_fail_together_count_as_one_failure():
    now = Hands()
    shared = BreakableWindows(now)
    meeting = threading.Barrier(8)

    def fail_together(takes, repeat):
        meeting.wait(timeout=10)
        raise StoreAway("ConnectionError")

    shared.take = fail_together
    windows = FallbackWindows(shared, LocalWindows(now), now)
    all_at_once([lambda: windows.take([Take("key", Rate(3, 60))])] * 8)
    assert windows._pause == 1.0
