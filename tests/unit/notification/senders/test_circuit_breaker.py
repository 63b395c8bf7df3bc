"""When a sender is worth trying."""

import pytest

from identity_service.notification.senders.circuit_breaker import CircuitBreaker


class Seconds:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(clock: Seconds) -> CircuitBreaker:
    return CircuitBreaker(clock)


def _opened(breaker: CircuitBreaker) -> CircuitBreaker:
    for _ in range(3):
        breaker.admits(1)
        breaker.failed()
    return breaker


def test_it_opens_after_three_failures_in_a_row(breaker: CircuitBreaker):
    for is_open in (False, False, True):
        assert breaker.admits(1)
        assert breaker.failed() is is_open

    assert not breaker.admits(1)


def test_a_success_starts_the_count_anew(breaker: CircuitBreaker):
    breaker.failed()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()

    assert breaker.admits(1)


def test_a_second_attempt_does_not_wait_for_a_sender_that_failed_last(breaker: CircuitBreaker):
    breaker.failed()
    assert not breaker.admits(2)

    breaker.succeeded()
    assert breaker.admits(2)


def test_a_third_attempt_never_takes_the_sender_that_failed_it_twice(breaker: CircuitBreaker):
    assert not breaker.admits(3)


def test_after_a_pause_one_first_attempt_probes(breaker: CircuitBreaker, clock: Seconds):
    _opened(breaker)
    clock.now += 30

    assert not breaker.admits(2)
    assert breaker.admits(1)
    assert not breaker.admits(1), "the probe is under way"


def test_a_probe_that_succeeds_closes(breaker: CircuitBreaker, clock: Seconds):
    _opened(breaker)
    clock.now += 30
    breaker.admits(1)

    assert breaker.succeeded()
    assert breaker.admits(1)
    assert breaker.admits(1)


def test_a_probe_that_fails_lengthens_the_pause_up_to_five_minutes(breaker: CircuitBreaker, clock: Seconds):
    _opened(breaker)
    for pause in (30, 60, 120, 240, 300, 300):
        clock.now += pause - 1
        assert not breaker.admits(1)
        clock.now += 1
        assert breaker.admits(1)
        breaker.failed()


def test_failures_that_were_under_way_when_it_opened_lengthen_no_pause(breaker: CircuitBreaker, clock: Seconds):
    _opened(breaker)
    for _ in range(8):
        breaker.failed()
    clock.now += 30

    assert breaker.admits(1)


def test_a_probe_that_never_comes_back_is_replaced(breaker: CircuitBreaker, clock: Seconds):
    _opened(breaker)
    clock.now += 30
    breaker.admits(1)
    clock.now += 60

    assert breaker.admits(1)
