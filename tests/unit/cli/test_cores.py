"""Keeping a process on a core."""

import os
import subprocess
import sys

import pytest

PINNED = (
    "from identity_service.cli.cores import pin_to_core; import os; pin_to_core({}); print(os.sched_getaffinity(0))"
)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot pin")
def test_processes_share_the_cores_out_in_turn():
    cores = sorted(os.sched_getaffinity(0))
    for number in range(len(cores) + 1):
        done = subprocess.run([sys.executable, "-c", PINNED.format(number)], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str({cores[number % len(cores)]})
