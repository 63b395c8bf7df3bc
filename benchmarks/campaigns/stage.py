"""A running service with people to write to, and campaigns to them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from identity.v1.session_service_pb2_grpc import SessionServiceStub
from notification.v1 import campaign_service_pb2 as pb
from notification.v1.campaign_service_pb2_grpc import CampaignServiceStub
from notification.v1.message_content_pb2 import MessageContent
from sqlalchemy import text

from benchmarks.commands import Command, running
from benchmarks.people import settle
from benchmarks.world import World, opened
from identity_service.storage.database import Database
from tests.services.service import with_key

CHUNK = 50_000
POLL_SECONDS = 0.05
CONTENT = MessageContent(
    category="news",
    subject="Payments at Example arrive a day earlier",
    message="From March 10 on, payments arrive a day earlier: we have moved to a faster bank.\n\n"
    "You need not do anything. What changes, and when:\nhttps://example.com/news/payments\n\n"
    "Thank you for your trust.",
)
_PEOPLE = text("""
    INSERT INTO users (tenant_id, id, email, address_key, password_hash, given_name, family_name, user_type, locale,
        state, created_at)
    SELECT 'default', gen_random_uuid(), :type || '-' || n || '@example.com', :type || '-' || n || '@example.com',
        '$argon2id$v=19$m=19456,t=2,p=1$' || repeat('x', 66), 'Ada', 'Lovelace', :type,
        CASE WHEN mod(n, 4) = 0 THEN 'ar' ELSE 'en' END, 'active', now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
""")


@dataclass(frozen=True)
class Stage:
    """`serve` and `worker`, as in production."""

    worker: Command
    database: Database
    campaigns: CampaignServiceStub
    sessions: SessionServiceStub

    def add_people(self, user_type: str, number: int) -> None:
        """That many active users of a type; a quarter of them read Arabic."""
        with self.database.connect() as connection:
            for first in range(1, number + 1, CHUNK):
                last = min(first + CHUNK - 1, number)
                connection.execute(_PEOPLE, {"type": user_type, "first": first, "last": last})
        settle(self.database)

    def begin(self, user_type: str) -> str:
        """A new campaign to them; its id."""
        request = pb.CreateCampaignRequest(name=user_type, user_types=[user_type], content=CONTENT)
        return str(self.campaigns.CreateCampaign(request, timeout=30).campaign.campaign_id)

    def cancel(self, campaign_id: str) -> None:
        self.campaigns.CancelCampaign(pb.CancelCampaignRequest(campaign_id=campaign_id), timeout=30)

    def value(self, statement: str) -> Any:
        """The only value that a query answers."""
        with self.database.connect() as connection:
            return connection.exec_driver_sql(statement).scalar()

    def wait_for(self, statement: str, seconds: float) -> None:
        """Until the query answers true; raises `RuntimeError` if it does not in time."""
        deadline = time.monotonic() + seconds
        while not self.value(statement):
            if time.monotonic() > deadline:
                raise RuntimeError(f"not within {seconds:g} s: {statement}")
            time.sleep(POLL_SECONDS)


@contextmanager
def stage(world: World, sender: str) -> Iterator[Stage]:
    """The service on a new database, sending through `sender`."""
    url = world.new_database()
    settings = world.settings(url) | {"SENDER": sender}
    world.broker().flushdb()
    with ExitStack() as stack:
        server = stack.enter_context(running("serve", settings, world.folder))
        worker = stack.enter_context(running("worker", settings, world.folder))
        server.wait_until_it_listens(settings["GRPC_ADDRESS"])
        channel = stack.enter_context(grpc.insecure_channel(settings["GRPC_ADDRESS"]))
        database = stack.enter_context(opened(f"{url}{'&' if '?' in url else '?'}options=-c%20statement_timeout%3D0"))
        with_its_key = with_key(channel, world.api_key(settings))
        yield Stage(worker, database, CampaignServiceStub(with_its_key), SessionServiceStub(with_its_key))
