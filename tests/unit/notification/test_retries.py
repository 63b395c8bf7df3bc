"""The schedule of retries."""

from datetime import timedelta

import pytest

from identity_service.notification.retries import JITTER, RetrySchedule, RetrySchedules


@pytest.mark.parametrize(
    ("queue", "seconds"), [("high", (2, 10, 60, 120, 240)), ("normal", (60, 120, 240)), ("low", (60, 120, 240))]
)
def test_each_queue_has_its_delays(queue: str, seconds: tuple[int, ...]):
    schedule = RetrySchedules().of(queue)
    assert schedule.delays == tuple(timedelta(seconds=each) for each in seconds)
    assert schedule.attempts == len(seconds) + 1


def test_a_delay_is_never_shorter_and_at_most_a_fifth_longer():
    schedule = RetrySchedule.of_seconds(100)
    delays = [schedule.delay(1).total_seconds() for _ in range(500)]
    assert min(delays) >= 100
    assert max(delays) <= 100 * (1 + JITTER)
    assert max(delays) - min(delays) > 10


def test_the_attempts_left_say_which_delay_comes():
    schedule = RetrySchedule.of_seconds(1, 10, 100)
    assert [round(schedule.delay(left).total_seconds() / 1.1) for left in (3, 2, 1)] == pytest.approx(
        [1, 10, 100], rel=0.11
    )


def test_more_attempts_than_planned_start_with_the_first_delay():
    """A row keeps the count it was made with, and the configuration may have become shorter since."""
    assert RetrySchedule.of_seconds(1, 10).delay(5) <= timedelta(seconds=1.2)


def test_a_list_of_seconds_is_read():
    assert RetrySchedule.parse("0.5, 60,120").delays == tuple(timedelta(seconds=each) for each in (0.5, 60, 120))


@pytest.mark.parametrize("text", ["", "soon", "60,", "-1", "0", "60;120", "nan", "inf", "1e9"])
def test_what_is_no_list_of_seconds_is_refused(text: str):
    with pytest.raises(ValueError, match="write them like 60,120,240"):
        RetrySchedule.parse(text)
