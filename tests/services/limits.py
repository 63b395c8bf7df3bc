"""A limiter that counts in this process, by a clock that the test sets."""

from identity_service.errors import LimitExceeded
from identity_service.identity.limits import CountingLimiter, Limits, Rule
from identity_service.identity.limits.local_windows import LocalWindows
from tests.services.hands import Hands

KEY = bytes(range(32))


def local_limiter(now=None, **texts):
    now = now or Hands()
    limits = Limits().changed(texts)
    return CountingLimiter(lambda _tenant: limits, LocalWindows(now), KEY, local=LocalWindows(now))


def granted(limiter, times, rule=Rule.OTP_REQUEST, *subject):
    count = 0
    for _ in range(times):
        try:
            limiter.hit(rule, *(subject or ("default", "alice@example.org")))
        except LimitExceeded:
            continue
        count += 1
    return count
