"""Load: processes that call a server as fast as it answers, a fixed number of calls at a time.

python -m benchmarks.load   carries out jobs: lines of JSON on standard input, each answered by lines

Requests are serialised before the clock starts, and answers are not parsed: what is measured is the server.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import grpc

CONNECT_SECONDS = 10
CALL_SECONDS = 30
_OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]


@dataclass(frozen=True)
class Job:
    """Calls to make, by that many threads. Each has a connection of its own."""

    address: str
    method: str
    requests: str
    threads: int
    api_key: str = ""


@dataclass(frozen=True)
class Done:
    """When the calls began and ended (`time.monotonic`), and what went wrong."""

    began: float
    ended: float
    failures: Sequence[str]


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """The file of a job: each request after its length."""
    path.write_bytes(b"".join(len(request).to_bytes(4) + request for request in requests))


def read_requests(path: Path) -> list[bytes]:
    data, position, requests = path.read_bytes(), 0, []
    while position < len(data):
        end = position + 4 + int.from_bytes(data[position : position + 4])
        requests.append(data[position + 4 : end])
        position = end
    return requests


def main() -> None:
    for line in sys.stdin:
        _carry_out(Job(**json.loads(line)))


def _carry_out(job: Job) -> None:
    """Connect, and connect anew until told to go; then call."""
    requests = read_requests(Path(job.requests))
    channels = _connect(job)
    while sys.stdin.readline().strip() != "go":
        _disconnect(channels)
        channels = _connect(job)
    print(json.dumps(asdict(_call_all(job, channels, requests))), flush=True)
    _disconnect(channels)


def _connect(job: Job) -> list[grpc.Channel]:
    channels = [grpc.insecure_channel(job.address, options=_OWN_CONNECTION) for _ in range(job.threads)]
    for channel in channels:
        grpc.channel_ready_future(channel).result(CONNECT_SECONDS)
    print("connected", flush=True)
    return channels


def _disconnect(channels: Sequence[grpc.Channel]) -> None:
    for channel in channels:
        channel.close()


def _call_all(job: Job, channels: Sequence[grpc.Channel], requests: Sequence[bytes]) -> Done:
    waiting, failures = iter(requests), list[str]()
    threads = [threading.Thread(target=_call, args=(channel, job, waiting, failures)) for channel in channels]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Done(began, time.monotonic(), failures[:10])


def _call(channel: grpc.Channel, job: Job, waiting: Iterator[bytes], failures: list[str]) -> None:
    call: Callable[..., bytes] = channel.unary_unary(job.method, _registered_method=True)  # type: ignore[call-arg]
    metadata = [("authorization", f"Bearer {job.api_key}")] if job.api_key else None
    for request in waiting:
        try:
            call(request, timeout=CALL_SECONDS, metadata=metadata)
        except grpc.RpcError as error:
            failures.append(str(error))


if __name__ == "__main__":
    main()
