"""What a call costs, measured: a real server in this process, its database listened to, and Redis for its limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from unittest.mock import patch

import grpc
import redis
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

from identity_service.identity.limits import Rule, redis_windows
from tests.services.calls import callable_of
from tests.services.contract import GIVEN, mended, methods
from tests.services.household import Household
from tests.services.served import served
from tests.services.statements import counted

WIDE = "90000/1s"
"""Every preparation comes from one network, and none is to be refused for that."""
BY_NETWORK = [f"IDENTITY_LIMIT_{rule.upper()}" for rule in Rule if rule.endswith("_network") or rule is Rule.REGISTER]
PING = "SELECT 1"
"""How the server's own health is looked after meanwhile."""
METHODS = {method.name: method for method in methods()}


class Cost(NamedTuple):
    """What the database, and Redis for the limits, are asked for by one call, and what it hands to the workers."""

    statements: int
    commits: int
    round_trips: int
    """Statements, and BEGIN and COMMIT where there is a transaction."""
    limits: int
    hand_offs: int


class Meter:
    """Makes calls, and says what each has cost."""

    def __init__(self, household: Household, channel: grpc.Channel) -> None:
        self.household = household
        self._channel = channel

    def measure(self, act: Callable[[], object]) -> Cost:
        """The cost of `act`, in a process that knows its tenant already."""
        household = self.household
        household.core.tenants.get("default")
        household.take_messages()
        with counted(household.core.database) as statements, _redis_commands() as commands:
            act()
        count = len([text for text in statements.texts if text != PING])
        handed_off = len(household.take_messages())
        return Cost(count, statements.commits, count + 2 * statements.transactions, len(commands), handed_off)

    def call(self, rpc: str, **fields: Any) -> Callable[[], Any]:
        """That call, ready to be made; what the contract asks for beyond the fields is filled in."""
        method = METHODS[rpc]
        kind = message_factory.GetMessageClass(method.input_type)
        client = {"client": {"ip_address": "192.0.2.7"}} if "client" in method.input_type.fields_by_name else {}
        request = mended(kind(**client, **(GIVEN.get(method.full_name, {}) | fields)), method.full_name)
        return lambda: self._make(method, request)

    def _make(self, method: MethodDescriptor, request: Any) -> Any:
        answer = callable_of(self._channel, method)(iter([request]) if method.client_streaming else request, timeout=20)
        return list(answer) if method.server_streaming else answer


@contextmanager
def _redis_commands() -> Iterator[list[str]]:
    """The names of the commands that Redis is sent inside the block, each a round trip."""
    really, sent = redis.Redis.execute_command, []

    def execute(self: Any, *arguments: Any, **options: Any) -> Any:
        sent.append(str(arguments[0]))
        return really(self, *arguments, **options)

    with patch.object(redis.Redis, "execute_command", execute):
        yield sent


@contextmanager
def metered(database_url: str, redis_url: str, folder: Path) -> Iterator[Meter]:
    """A meter for a service on that database, whose limits are in that Redis."""
    settings = {"IDENTITY_RATE_LIMITS": "on", "IDENTITY_LIMITS_URL": redis_url} | dict.fromkeys(BY_NETWORK, WIDE)
    with patch.object(redis_windows, "_STORE_TIMEOUT", 10), Household(database_url, folder, **settings) as household:
        household.journeys.limiter.hit(Rule.EMAIL_CHANGE, "default", "first")  # Redis is given each script once
        household.journeys.limiter.hit_all(household.call(), (Rule.INVITATION, "first"), (Rule.OTP_REQUEST, "first"))
        with served(household, stopping=Event()) as client:
            yield Meter(household, client.channel)
