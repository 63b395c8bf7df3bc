"""Leaving the cores to others."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

AMONG_SESSIONS = pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="no sessions that share the cores"
)
ALONE = """
import os
from identity_service.cli.urgency import give_way
give_way()
print(os.nice(0))
"""
GIVE_WAY = """
import os, sys
from pathlib import Path
from identity_service.cli.urgency import give_way
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
give_way()
print(os.nice(0), Path("/proc/self/autogroup").read_text().split()[-1])
"""
LEAD_A_SESSION = "import subprocess, sys; subprocess.run(sys.argv[1:], check=True)"
PR_CAPBSET_DROP, CAP_SYS_ADMIN = 24, 21
NICE_PROCESS = str(min(os.nice(0) + 10, 19))


def start(*command: str) -> "subprocess.Popen[str]":
    """A process in a session of its own, and without root's right to change many sessions at once."""
    return subprocess.Popen(
        [sys.executable, "-c", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN),
    )


def given_way(*processes: "subprocess.Popen[str]") -> list[list[str]]:
    """How nice each has become among the processes of its session, and its session among others."""
    for process in processes:
        process.stdout.readline()  # it is ready, and waits for a word
    for process in processes:
        print(file=process.stdin, flush=True)
    return [process.communicate()[0].split() for process in processes]


def test_a_process_that_gives_way_is_nice():
    alone = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, start_new_session=True, check=True
    )
    assert alone.stdout.strip() == NICE_PROCESS


@AMONG_SESSIONS
def test_processes_that_give_way_at_once_are_nice_and_so_are_their_sessions():
    assert given_way(*(start(GIVE_WAY) for _ in range(3))) == [[NICE_PROCESS, "10"]] * 3


@AMONG_SESSIONS
def test_a_session_that_another_process_leads_is_left_as_it_is():
    assert given_way(start(LEAD_A_SESSION, sys.executable, "-c", GIVE_WAY)) == [[NICE_PROCESS, "0"]]
