"""Nothing that is not urgent delays what is, whatever it waits for."""

from collections.abc import Iterator
from threading import Event

import pytest
from structlog.testing import capture_logs

from identity_service.cli.roles import WorkerRole
from identity_service.notification.broker import QUEUES
from identity_service.notification.messages.campaigns import CreateCampaign
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named
from identity_service.notification.senders import OutgoingMail
from tests.services.campaigns import found
from tests.services.household import Household
from tests.services.many_users import add_users
from tests.services.scripted_sender import ScriptedSender
from tests.services.waiting import eventually

THREADS = 2
ARTISTS = CreateCampaign("Spring", ("artist",), Content("newsletter", subject="News", body="Hello."))
WAITS = "welcome.example", "artist.example"


class StuckServer(ScriptedSender):
    """A mail server that takes no mail to some until it is told to."""

    def __init__(self) -> None:
        super().__init__(then=self._wait)
        self.goes_on = Event()
        self.stuck: list[str] = []

    def _wait(self, mail: OutgoingMail) -> None:
        if mail.recipient.endswith(WAITS):
            self.stuck.append(mail.recipient)
            self.goes_on.wait(60)


@pytest.fixture
def server(household: Household) -> Iterator[StuckServer]:
    server = StuckServer()
    yield server
    server.goes_on.set()


def welcome(household: Household, number: int) -> None:
    """Let so many mails of the queue NORMAL wait, and two of LOW."""
    registered = [household.register(f"{each}@welcome.example") for each in range(number)]
    links = [household.letter(each.notification_id).link for each in registered]
    for link in links:
        household.journeys.verify_email(household.call(), link)
    add_users(household, 2, user_type="artist")
    household.journeys.campaigns.create(household.call(), ARTISTS)


def test_a_code_passes_by_mails_that_hold_up_every_other_worker(household: Household, server: StuckServer):
    with household.restarted(IDENTITY_WORKER_THREADS=str(THREADS)) as process:
        process.user("ada@example.com")
        process.take_messages()
        welcome(process, THREADS + 1)
        process.send_through(server)
        worker = WorkerRole(process.core, process.mailroom, QUEUES)
        with capture_logs() as logs:
            worker.start()
        assert {"event": "worker.ready", "log_level": "info", "queues": QUEUES} in logs
        try:
            eventually(lambda: len(server.stuck) == THREADS, "as many mails that are stuck as there are threads")
            process.journeys.request_code(process.call(), "ada@example.com")
            eventually(lambda: "ada@example.com" in [mail.recipient for mail in server.accepted], "the code")
            assert len(server.stuck) == THREADS
        finally:
            server.goes_on.set()
            worker.stop(10)


def test_messages_to_many_leave_threads_to_single_mails_however_many_there_are(
    household: Household, server: StuckServer
):
    with household.restarted(IDENTITY_WORKER_THREADS=str(2 * THREADS)) as process:
        (ada,) = add_users(process, 1)
        add_users(process, 5, user_type="artist")
        process.send_through(server)
        worker = WorkerRole(process.core, process.mailroom, QUEUES)
        worker.start()
        try:
            campaigns = [process.journeys.campaigns.create(process.call(), ARTISTS) for _ in range(2 * THREADS)]
            eventually(lambda: len(server.stuck) == THREADS, "as many that are stuck as may be")
            process.journeys.notify_users(process.call(), Named(user_ids=(ada,)), ARTISTS.content)
            eventually(lambda: server.accepted, "the single mail")
            assert len(server.stuck) == THREADS
            server.goes_on.set()
            for campaign in campaigns:
                eventually(lambda one=campaign.id: found(process, one).campaign.state == "finished", "the end of all")
        finally:
            server.goes_on.set()
            worker.stop(10)
