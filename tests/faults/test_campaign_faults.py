"""A campaign while its processes are killed, Redis forgets, and operators change their minds."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from notification.v1 import campaign_pb2 as states
from notification.v1 import campaign_service_pb2 as pb
from notification.v1.message_content_pb2 import MessageContent

from tests.faults.cluster import Cluster
from tests.services.service import kill
from tests.services.waiting import eventually, ever_within

PEOPLE = 1000
CONTENT = MessageContent(category="news", subject="News", message="Payments arrive a day earlier.")


@dataclass
class Running:
    """A campaign to people of a type of its own."""

    cluster: Cluster
    id: str
    user_type: str

    def get(self) -> states.Campaign:
        return self.cluster.client().campaigns.GetCampaign(pb.GetCampaignRequest(campaign_id=self.id)).campaign

    def sent(self) -> int:
        return int(self.cluster.query("SELECT sent FROM messages WHERE id = %(id)s", id=self.id)[0][0])

    def wait_until_sent(self, number: int) -> None:
        eventually(lambda: self.sent() >= number, f"{number} mails sent", timeout=150)

    def wait_for_more(self, number: int = 60) -> None:
        """Until so many more have been sent, or all."""
        self.wait_until_sent(min(self.sent() + number, PEOPLE))

    def wait_until_finished(self) -> None:
        # Long: the worker gives way to all that the other tests do meanwhile.
        eventually(lambda: self.get().state == states.CAMPAIGN_STATE_FINISHED, "its end", timeout=150)

    def rows(self) -> Counter[str]:
        """How many notifications each recipient has."""
        rows = self.cluster.query("SELECT recipient FROM notifications WHERE message_id = %(id)s", id=self.id)
        return Counter(recipient for (recipient,) in rows)

    def mails(self) -> dict[str, set[str]]:
        """The Message-IDs that each recipient has got."""
        found: dict[str, set[str]] = {}
        for mail in self.cluster.sink.mails:
            if mail.recipient.endswith(f"@{self.user_type}.example"):
                found.setdefault(mail.recipient, set()).add(mail.message_id)
        return found


def begin(cluster: Cluster, people: int = PEOPLE) -> Running:
    user_type = f"type-{uuid.uuid4().hex[:8]}"
    cluster.query(
        "INSERT INTO users (tenant_id, id, email, address_key, password_hash, given_name, family_name, user_type, "
        "locale, state, created_at) SELECT 'default', gen_random_uuid(), address, address, 'none', 'Ada', 'Lovelace', "
        "%(type)s, 'en', 'active', now() FROM (SELECT n || '@' || %(type)s || '.example' AS address "
        "FROM generate_series(1, %(people)s) AS n) AS numbered",
        type=user_type,
        people=people,
    )
    request = pb.CreateCampaignRequest(
        request_id=str(uuid.uuid4()), name="Spring", user_types=[user_type], content=CONTENT
    )
    created = cluster.client().campaigns.CreateCampaign(request, timeout=20).campaign
    return Running(cluster, created.campaign_id, user_type)


def assert_complete(campaign: Running) -> None:
    assert len(campaign.rows()) == PEOPLE
    assert set(campaign.rows().values()) == {1}
    arrived = campaign.mails()
    assert len(arrived) == PEOPLE, "mails were lost"
    assert {len(message_ids) for message_ids in arrived.values()} == {1}, "a copy had another Message-ID"


@pytest.mark.timeout(240)
def test_a_campaign_whose_processes_are_all_killed_in_turn_reaches_everybody(cluster: Cluster) -> None:
    campaign = begin(cluster)
    for strike in disasters(cluster):
        campaign.wait_for_more()
        strike()
        cluster.pass_time(90)
    eventually(cluster.client().is_serving, "a server that serves", timeout=60)
    cluster.pass_time(90)
    campaign.wait_until_finished()
    assert_complete(campaign)


def disasters(cluster: Cluster) -> list[Callable[[], object]]:
    def lose_the_supervisor() -> None:
        cluster.worker.kill()
        cluster.start("worker")

    def lose_redis() -> None:
        cluster.redis.kill()
        cluster.redis.start(empty=True)

    return [
        lambda: kill(cluster.worker.child("worker-normal-low")),
        lambda: kill(cluster.serve.child("grpc-1")),
        lambda: kill(cluster.worker.child("worker-high")),
        cluster.postgres.restart,
        lose_the_supervisor,
        lose_redis,
    ]


@pytest.mark.timeout(240)
def test_messages_that_redis_forgets_in_the_middle_of_a_campaign_are_sent_all_the_same(cluster: Cluster) -> None:
    campaign = begin(cluster)
    campaign.wait_until_sent(100)
    for _ in range(5):
        cluster.redis.client().flushall()
        time.sleep(0.05)
    cluster.pass_time(31)
    campaign.wait_until_finished()
    assert_complete(campaign)


@pytest.mark.timeout(240)
def test_a_pause_a_resumption_and_a_cancellation_take_effect_within_a_second(cluster: Cluster) -> None:
    cluster.sink.delay(0.1)
    campaign = begin(cluster)
    eventually(campaign.mails, "its first mail")
    campaigns = cluster.client().campaigns

    def resumed() -> float:
        campaigns.PauseCampaign(pb.PauseCampaignRequest(campaign_id=campaign.id))
        assert_still(campaign)
        before, started = len(campaign.mails()), time.monotonic()
        campaigns.ResumeCampaign(pb.ResumeCampaignRequest(campaign_id=campaign.id))
        eventually(lambda: len(campaign.mails()) > before, "a mail after the resumption")
        return time.monotonic() - started

    assert ever_within(2, resumed)
    campaigns.CancelCampaign(pb.CancelCampaignRequest(campaign_id=campaign.id))
    assert_still(campaign)
    eventually(lambda: not campaign.get().progress.waiting_count, "that all that waited is called off")
    progress = campaign.get().progress
    assert progress.sent_count == len(campaign.mails())
    assert progress.cancelled_count == PEOPLE - progress.sent_count


def assert_still(campaign: Running) -> None:
    time.sleep(1)
    before = len(campaign.mails())
    time.sleep(1)
    assert len(campaign.mails()) == before
