"""Mails per second of a campaign, against a bare loop over as many connections to the same kind of mail server."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.campaigns.stage import CONTENT, Stage, stage
from benchmarks.results import Row
from benchmarks.rounds import Rounds
from benchmarks.world import Sink, World
from identity_service import bootstrap, secret_keys
from identity_service.bootstrap.configured import message_lanes
from identity_service.clock import utc_now
from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import Notice
from identity_service.notification.senders.content import content_of
from identity_service.settings import Settings
from identity_service.storage.database import Database

LIMIT = 0.5
MAILS = 20_000
WARM_UP_MAILS = 2_000
LONGEST_SECONDS = 300


def measure(world: World, rounds: Rounds, mails: int = MAILS) -> list[Row]:
    """The bare loop and the service, in turns. The service's time is that between its first and its last mail."""
    message = world.folder / "message"
    rates: list[float] = []
    bare: list[float] = []
    with stage(world, world.sink.url) as ready:
        message.write_bytes(_message(ready.database))
        _send(ready, world.sink, "warm-up", WARM_UP_MAILS)
        for number in rounds:
            rounds.begin()
            bare.append(_bare_loop(world.sink, message, mails))
            rounds.begin()
            rates.append(_send(ready, world.sink, f"round-{number}", mails))
            rounds.report("campaign_send", number, f"{rates[-1]:.0f} mails/s, bare loop {bare[-1]:.0f}")
    ratios = [rate / base for rate, base in zip(rates, bare, strict=True)]
    return [
        Row("smtplib_loop", bare, "mails/s"),
        Row("campaign_send", rates, "mails/s", limit=LIMIT, ratios=ratios, base="a bare loop"),
    ]


def _send(ready: Stage, sink: Sink, user_type: str, mails: int) -> float:
    ready.add_people(user_type, mails)
    campaign_id = ready.begin(user_type)
    ready.wait_for(f"SELECT state = 'finished' FROM campaigns WHERE id = '{campaign_id}'", LONGEST_SECONDS)
    accepted = sorted(at for recipient, at in sink.accepted().items() if recipient.startswith(f"{user_type}-"))
    if len(accepted) != mails:
        raise RuntimeError(f"{len(accepted)} of {mails} mails arrived")
    return (mails - 1) / (accepted[-1] - accepted[0])


def _bare_loop(sink: Sink, message: Path, mails: int) -> float:
    port, connections = str(urlsplit(sink.url).port), message_lanes(Settings())
    command = [sys.executable, "-m", "benchmarks.campaigns.bare_loop", port, str(connections), str(mails), str(message)]
    seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return mails // connections * connections / seconds


def _message(database: Database) -> bytes:
    """What the service sends to one recipient."""
    settings = Settings(
        database_url=database.url.render_as_string(hide_password=False), secret_keys=secret_keys.generate()
    )
    core = bootstrap.build_core(settings)
    context = Notice("", CONTENT.subject, CONTENT.message, {})
    prepared = bootstrap.mail_writer(core).prepare("default", Kind.NOTIFICATION, "en", context, unsubscribable=True)
    mail = prepared.for_recipient(
        notification_id=uuid4(),
        recipient="person-1@example.com",
        given_name="Ada",
        sent_at=utc_now(),
        unsubscribe_url=f"https://example.com/unsubscribe?token={'x' * 90}",
    )
    core.close()
    return content_of(mail).data
