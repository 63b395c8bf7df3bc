"""The load processes: started once, given one job after the other."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Self, cast

from benchmarks import load
from benchmarks.connections import evenly_dealt
from benchmarks.load import Done, Job, write_requests

CONCURRENCY = 16
PROCESSES = 2
MOST_DEALS = 50


class Generators:
    """Two processes that share the concurrency."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = [sys.executable, "-m", load.__name__]
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.communicate()

    def run(
        self, address: str, servers: Sequence[int], method: str, requests: Sequence[bytes], api_key: str = ""
    ) -> Done:
        """Make all the calls; `servers` may listen there. Raises `RuntimeError` when a call fails."""
        for number, process in enumerate(self._processes):
            share = self._folder / f"requests-{number}"
            write_requests(share, requests[number::PROCESSES])
            _say(process, json.dumps(asdict(Job(address, method, str(share), CONCURRENCY // PROCESSES, api_key))))
        self._deal_until(lambda: evenly_dealt(address, servers))
        self._say_to_all("go")
        return _together([Done(**json.loads(_hear(process))) for process in self._processes])

    def _deal_until(self, even: Callable[[], bool]) -> None:
        """The kernel deals connections out to the server processes by chance: let it, until it has done so evenly."""
        for _ in range(MOST_DEALS):
            for process in self._processes:
                _hear(process)
            if even():
                return
            self._say_to_all("again")
        raise RuntimeError("the connections were never dealt evenly")

    def _say_to_all(self, word: str) -> None:
        for process in self._processes:
            _say(process, word)


def _say(process: subprocess.Popen[str], line: str) -> None:
    stdin = cast(IO[str], process.stdin)
    stdin.write(f"{line}\n")
    stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    return cast(IO[str], process.stdout).readline()


def _together(parts: Sequence[Done]) -> Done:
    failures = [failure for part in parts for failure in part.failures]
    if failures:
        raise RuntimeError(f"calls failed; one of them: {failures[0]}")
    return Done(min(part.began for part in parts), max(part.ended for part in parts), [])
