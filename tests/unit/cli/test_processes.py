import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from identity_service.cli.processes import ONE_REQUEST_SECONDS
from tests.services.service import is_running
from tests.services.waiting import eventually

START = Callable[..., "Supervisor"]
Capture = pytest.CaptureFixture[str]


class Supervisor:
    """The supervisor in a process of its own, and the journal of its children."""

    def __init__(self, journal: Path, *targets: str, stop_seconds: float) -> None:
        self._journal = journal
        command = [sys.executable, "-m", "tests.unit.cli.crew", str(journal), str(stop_seconds), *targets]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)

    def entries(self, what: str) -> list[int]:
        lines = self._journal.read_text().splitlines() if self._journal.exists() else []
        return [int(line.split()[1]) for line in lines if line.startswith(what)]

    def wait_for(self, what: str, count: int) -> list[int]:
        eventually(lambda: len(self.entries(what)) >= count, f"{what}, {count} times")
        return self.entries(what)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[START]:
    started: list[Supervisor] = []

    def start_supervisor(*targets: str, stop_seconds: float = 10) -> Supervisor:
        started.append(Supervisor(tmp_path / "journal", *targets, stop_seconds=stop_seconds))
        return started[-1]

    yield start_supervisor
    for supervisor in started:
        if supervisor.process.poll() is None:
            supervisor.process.terminate()
            supervisor.process.wait(20)


def wait_until_gone(pid: int) -> None:
    eventually(lambda: not is_running(pid), f"the end of process {pid}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_child_and_the_exit_code_is_0(start: START, number: signal.Signals) -> None:
    supervisor = start("obedient", "obedient")
    supervisor.wait_for("started", 2)
    supervisor.process.send_signal(number)
    assert supervisor.process.wait(10) == 0
    assert sorted(supervisor.entries("stopped")) == sorted(supervisor.entries("started"))


def test_ctrl_c_in_a_terminal_stops_children_once_and_quietly(start: START) -> None:
    supervisor = start("obedient", "obedient")
    supervisor.wait_for("started", 2)
    os.killpg(supervisor.process.pid, signal.SIGINT)
    assert supervisor.process.wait(10) == 0
    assert len(supervisor.entries("stopped")) == 2


def test_of_grpc_a_child_hears_errors_alone(start: START) -> None:
    start("outspoken").wait_for("ERROR", 1)


def test_a_killed_child_is_started_again_and_the_others_are_left_alone(start: START) -> None:
    supervisor = start("obedient", "obedient")
    victim, other = supervisor.wait_for("started", 2)
    os.kill(victim, signal.SIGKILL)
    assert len(set(supervisor.wait_for("started", 3))) == 3
    assert is_running(other)
    supervisor.process.terminate()
    assert supervisor.process.wait(10) == 0


def test_a_child_that_gives_way_is_nice_in_a_session_of_its_own_and_the_others_share_one(start: START) -> None:
    supervisor = start("obedient", "obedient", "modest")
    pids = supervisor.wait_for("started", 3)
    ordinary = os.getpriority(os.PRIO_PROCESS, supervisor.process.pid)
    (modest,) = (pid for pid in pids if os.getpriority(os.PRIO_PROCESS, pid) > ordinary)
    sessions = {pid: os.getsid(pid) for pid in pids}
    assert sessions.pop(modest) == modest
    assert set(sessions.values()) == {os.getsid(supervisor.process.pid)}


def test_a_child_that_keeps_crashing_is_started_again_and_again_and_delays_no_stop(start: START) -> None:
    supervisor = start("crashing", "obedient")
    supervisor.wait_for("started", 5)
    supervisor.process.terminate()
    assert supervisor.process.wait(10) == 0


def test_a_child_that_ignores_the_signal_is_killed_in_time(start: START) -> None:
    supervisor = start("stubborn", stop_seconds=0.5)
    [pid] = supervisor.wait_for("started", 1)
    started = time.monotonic()
    supervisor.process.terminate()
    assert supervisor.process.wait(10) == 0
    assert time.monotonic() - started < 5
    assert not is_running(pid)


def test_a_second_signal_does_not_wait_for_a_child_that_ignores_the_first(start: START) -> None:
    supervisor = start("stubborn", stop_seconds=60)
    (child,) = supervisor.wait_for("started", 1)
    supervisor.process.send_signal(signal.SIGINT)
    supervisor.process.send_signal(signal.SIGTERM)
    supervisor.wait_for("asked", 1)
    time.sleep(ONE_REQUEST_SECONDS + 0.1)
    assert supervisor.process.poll() is None, "two signals at once are one request"
    supervisor.process.send_signal(signal.SIGINT)
    wait_until_gone(child)
    assert supervisor.process.wait(20) == 0


def test_a_wrong_configuration_ends_all_and_is_not_tried_again(start: START) -> None:
    supervisor = start("obedient", "misconfigured")
    assert supervisor.process.wait(20) == 78
    for pid in supervisor.entries("started"):
        assert not is_running(pid)


def test_a_child_that_refuses_a_setting_says_so_and_is_not_tried_again(start: START, capfd: Capture) -> None:
    supervisor = start("obedient", "refused")
    assert supervisor.process.wait(20) == 78
    assert len(supervisor.entries("started")) <= 2
    said = capfd.readouterr().err
    assert "identity-service: IDENTITY_BRAND_NAME: we do not like it" in said
    assert "Traceback" not in said


def test_children_do_not_outlive_a_supervisor_that_is_killed(start: START) -> None:
    supervisor = start("obedient", "obedient")
    pids = supervisor.wait_for("started", 2)
    supervisor.process.kill()
    supervisor.process.wait(10)
    for pid in pids:
        wait_until_gone(pid)
    assert len(supervisor.entries("stopped")) == 2


def test_even_a_child_that_ignores_signals_ends_after_its_supervisor(start: START) -> None:
    supervisor = start("stubborn", stop_seconds=0.5)
    [pid] = supervisor.wait_for("started", 1)
    supervisor.process.kill()
    wait_until_gone(pid)
