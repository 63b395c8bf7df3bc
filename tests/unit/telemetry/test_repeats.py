"""What is logged again and again is logged now and then."""

from collections.abc import Iterator

import pytest
import structlog

from identity_service.telemetry.repeats import Repeats


class Hands:
    """A clock that the test sets."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def log(hands: Hands) -> Iterator[structlog.testing.CapturingLogger]:
    captured = structlog.testing.CapturingLogger()
    processors = [Repeats("database_unavailable", 10, hands), lambda _logger, _method, entry: ((), dict(entry))]
    logger = structlog.wrap_logger(captured, processors=processors, wrapper_class=structlog.BoundLogger)
    captured.say = logger.warning
    return captured


def test_one_of_many_alike_is_logged_in_a_while_and_counts_the_others(log, hands):
    for _ in range(25):
        log.say("database_unavailable", reason="DATABASE_UNAVAILABLE")
        hands.seconds += 1
    assert [call.kwargs.get("left_out") for call in log.calls] == [None, 9, 9]


def test_another_reason_is_other_news(log):
    log.say("database_unavailable", reason="DATABASE_UNAVAILABLE")
    log.say("database_unavailable", reason="DATABASE_FULL")
    assert [call.kwargs["reason"] for call in log.calls] == ["DATABASE_UNAVAILABLE", "DATABASE_FULL"]


def test_another_cause_of_the_same_is_other_news(log):
    for error in ("QueryCanceled", "TimeoutError", "QueryCanceled"):
        log.say("database_unavailable", reason="DATABASE_UNAVAILABLE", error=error)
    assert [call.kwargs["error"] for call in log.calls] == ["QueryCanceled", "TimeoutError"]


def test_all_other_events_are_logged_each_time(log):
    for _ in range(3):
        log.say("mail_dead")
    assert len(log.calls) == 3
