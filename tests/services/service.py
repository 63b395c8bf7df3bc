"""The service as an operator runs it: real processes, and a client that calls them through the generated stubs."""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from identity.v1 import (
    account_service_pb2_grpc,
    audit_service_pb2_grpc,
    challenge_service_pb2_grpc,
    session_service_pb2_grpc,
    user_service_pb2_grpc,
)
from notification.v1 import campaign_service_pb2_grpc, notification_service_pb2_grpc

from tests.services.child import start_child
from tests.services.waiting import eventually

PREFIX = "IDENTITY_"
STOP_SECONDS = 30


class Program:
    """A command of the service that was started, and the children it starts. Ends when the test process does."""

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, str], log: Path) -> None:
        self.log_file = log
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._process = start_child(
            [sys.executable, "-m", *arguments],
            log=log,
            at_parents_death=signal.SIGKILL,
            environment=environment | {"IDENTITY_LOG_FORMAT": "json", **settings},
        )
        self._ever_children: set[int] = set()

    @classmethod
    def command(cls, name: str, settings: Mapping[str, str], log: Path) -> "Program":
        """`identity-service NAME`."""
        return cls(["identity_service", name], settings, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log entries of that event, oldest first."""
        entries = [json.loads(line) for line in self.log.splitlines() if line.startswith("{") and line.endswith("}")]
        return [entry for entry in entries if entry.get("event") == name]

    def children(self) -> list[int]:
        """Process ids of the children that run now."""
        with suppress(OSError):
            listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            self._ever_children.update(map(int, listed.split()))
        return [pid for pid in sorted(self._ever_children) if is_running(pid)]

    def child(self, name: str) -> int:
        """The process id of the child that the log calls `name`: `grpc-1`, `worker-high` …, once it runs."""

        def running() -> list[int]:
            started = [entry["pid"] for entry in self.events("process.started") if entry["process"] == name]
            return [pid for pid in started[-1:] if is_running(pid)]

        return eventually(running, f"the start of {name}")[0]

    def kill(self) -> None:
        """Kill the supervisor alone, as the kernel does that is short of memory."""
        self._process.send_signal(signal.SIGSTOP)  # so that it starts none of whom nobody would know
        self.children()
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.children()
        self._process.terminate()

    def exit_code(self, timeout: float = STOP_SECONDS) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(timeout)

    def end(self) -> None:
        """Kill it and all its children."""
        if self.runs:
            self.kill()
        for pid in self.children():
            kill(pid)


def is_running(pid: int) -> bool:
    """False for a process that is gone, or dead and not yet buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(pid: int) -> None:
    """Kill one process, a child of a `Program`, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_running(pid), f"the end of process {pid}")


class _KeySender(  # type: ignore[misc]
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor
):
    """Sends an API key with every call."""

    def __init__(self, key: str) -> None:
        self._header = ("authorization", f"Bearer {key}")

    def intercept_unary_unary(self, proceed: Any, details: Any, request: Any) -> Any:
        return proceed(details._replace(metadata=(*(details.metadata or ()), self._header)), request)

    intercept_unary_stream = intercept_stream_stream = intercept_unary_unary


def with_key(channel: grpc.Channel, key: str) -> grpc.Channel:
    """The channel, with that key on every call; as it is without one."""
    return grpc.intercept_channel(channel, _KeySender(key)) if key else channel


class Client:
    """A connection to the service, with its stubs. Each has a connection of its own, so it meets one process."""

    _OPTIONS = (
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", 500),
        ("grpc.enable_http_proxy", 0),
    )

    def __init__(self, address: str, api_key: str = "") -> None:
        self.channel = with_key(grpc.insecure_channel(address, self._OPTIONS), api_key)
        self.accounts = account_service_pb2_grpc.AccountServiceStub(self.channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self.channel)
        self.sessions = session_service_pb2_grpc.SessionServiceStub(self.channel)
        self.challenges = challenge_service_pb2_grpc.ChallengeServiceStub(self.channel)
        self.users = user_service_pb2_grpc.UserServiceStub(self.channel)
        self.notifications = notification_service_pb2_grpc.NotificationServiceStub(self.channel)
        self.campaigns = campaign_service_pb2_grpc.CampaignServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def close(self) -> None:
        self.channel.close()

    def is_serving(self) -> bool:
        """Whether the process at the other end says SERVING."""
        try:
            answer = self.health.Check(health_pb2.HealthCheckRequest(), timeout=5)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def reason(error: grpc.RpcError) -> str:
    """The reason in the ErrorInfo of a failed call; empty without one."""
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    unpacked = status is not None and any(detail.Unpack(info) for detail in status.details)
    return info.reason if unpacked else ""
