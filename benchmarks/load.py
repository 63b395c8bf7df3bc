"""Load: processes that call a server as fast as it answers, a fixed number of calls at a time.

python -m benchmarks.load   takes jobs as lines of JSON from standard input, answers each with a line

Requests are serialised before the clock starts, and answers are not parsed: what is measured is the server.
"""

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

import grpc

CONCURRENCY = 16
PROCESSES = 2
CONNECTIONS = 4
"""Of each thread, used in turns. The kernel deals connections out to the server processes: many are dealt evenly."""

CONNECT_SECONDS = 10
CALL_SECONDS = 30
_OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]


@dataclass(frozen=True)
class Job:
    """Calls for one process."""

    address: str
    method: str
    requests: str
    threads: int


@dataclass(frozen=True)
class Done:
    """When a process's calls began and ended (`time.monotonic`), and what went wrong."""

    began: float
    ended: float
    failed: int
    failure: str = ""


class Load:
    """The processes, ready for jobs."""

    def __init__(self, folder: Path, processes: int = PROCESSES, concurrency: int = CONCURRENCY) -> None:
        self._folder = folder
        self._threads = concurrency // processes
        self._processes = [_start() for _ in range(processes)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.communicate()

    def run(self, address: str, method: str, requests: Sequence[bytes]) -> Done:
        """Make all the calls. Raises `RuntimeError` when one of them fails."""
        for number, process in enumerate(self._processes):
            share = self._folder / f"requests-{number}"
            write_requests(share, requests[number :: len(self._processes)])
            _say(process, asdict(Job(address, method, str(share), self._threads)))
        for process in self._processes:
            _hear(process)
        for process in self._processes:
            _say(process, "go")
        return _together([Done(**_hear(process)) for process in self._processes])


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    path.write_bytes(b"".join(len(request).to_bytes(4) + request for request in requests))


def read_requests(path: Path) -> list[bytes]:
    data, position, requests = path.read_bytes(), 0, []
    while position < len(data):
        end = position + 4 + int.from_bytes(data[position : position + 4])
        requests.append(data[position + 4 : end])
        position = end
    return requests


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __spec__.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _say(process: subprocess.Popen[str], what: object) -> None:
    stdin = cast(IO[str], process.stdin)
    stdin.write(json.dumps(what) + "\n")
    stdin.flush()


def _hear(process: subprocess.Popen[str]) -> Any:
    return json.loads(cast(IO[str], process.stdout).readline())


def _together(parts: Sequence[Done]) -> Done:
    failures = [part.failure for part in parts if part.failed]
    if failures:
        raise RuntimeError(f"{sum(part.failed for part in parts)} calls failed; one of them: {failures[0]}")
    return Done(min(part.began for part in parts), max(part.ended for part in parts), 0)


def _carry_out(job: Job) -> Done:
    requests = read_requests(Path(job.requests))
    channels = [[_connected(job.address) for _ in range(CONNECTIONS)] for _ in range(job.threads)]
    print('"ready"', flush=True)
    sys.stdin.readline()
    try:
        return _call_all(job.method, channels, requests)
    finally:
        for channel in itertools.chain(*channels):
            channel.close()


def _connected(address: str) -> grpc.Channel:
    channel = grpc.insecure_channel(address, options=_OWN_CONNECTION)
    grpc.channel_ready_future(channel).result(CONNECT_SECONDS)
    return channel


def _call_all(method: str, channels: Sequence[Sequence[grpc.Channel]], requests: Sequence[bytes]) -> Done:
    waiting, failures = iter(requests), []

    def work(own: Sequence[grpc.Channel]) -> None:
        calls = [channel.unary_unary(method, _registered_method=True) for channel in own]  # type: ignore[call-arg]
        in_turn = itertools.cycle(calls)
        for request in waiting:
            try:
                next(in_turn)(request, timeout=CALL_SECONDS)
            except grpc.RpcError as error:
                failures.append(str(error.code()) + " " + str(error.details()))

    threads = [threading.Thread(target=work, args=(own,)) for own in channels]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Done(began, time.monotonic(), len(failures), next(itertools.chain(failures, [""])))


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asdict(_carry_out(Job(**json.loads(line))))), flush=True)


if __name__ == "__main__":
    main()
