"""After every journey, neither the database, nor the queue, nor the log holds anything that opens a door."""

import io
import json
import logging
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import structlog
from sqlalchemy import String, Text

from identity_service.calls.call import Call
from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.confirm_email_change import UserCode
from identity_service.identity.errors import CredentialsRejected, ProofRejected
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.storage.tables import audit_events, metadata, notifications
from identity_service.storage.tables.columns import Json
from tests.services.household import PASSWORD, Household

ADA = "ada@example.com"
COUNTESS = "countess@example.com"
WRONG = "wrong-quilt-ember-42"


@dataclass
class Secrets:
    """Everything that a caller or a mail held and nobody else may."""

    codes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    proofs: list[bytes] = field(default_factory=list)

    def token(self, token: str) -> None:
        """A link or refresh token: also its parts, and the HMAC in it, which is its last 32 bytes."""
        self.texts += [token, token[-42:]]
        self.proofs.append(urlsafe_b64decode(token + "=" * (-len(token) % 4))[-32:])

    def access_token(self, token: str) -> None:
        self.texts += [token, *token.split(".")[1:]]
        self.proofs.append(urlsafe_b64decode(token.split(".")[2] + "=="))

    @property
    def forms(self) -> list[bytes]:
        """How they would look in a file: as text, as bytes, and in hexadecimal."""
        plain = [text.encode() for text in self.texts] + self.proofs
        return plain + [form.hex().encode() for form in plain]


def live_through_everything(household: Household) -> Secrets:
    """Every journey once, with and without a request id, rightly and wrongly."""
    secrets = Secrets(texts=[PASSWORD, WRONG])

    def call() -> Call:
        return household.call(request_id=new_id(), payload=f"{PASSWORD} {WRONG}".encode())

    registered = household.register(ADA, call(), given_name="Ada")
    resent = household.journeys.resend_verification.to_user(call(), registered.user_id)
    for mail in (registered, resent):
        letter = household.letter(mail.notification_id)
        secrets.codes.append(letter.code)
        secrets.token(letter.token)
    household.journeys.verify_email(call(), household.proof(resent.notification_id))
    household.register(ADA)
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(household.call(), ADA, WRONG)
    requested = household.journeys.request_code(call(), ADA)
    code = household.letter(requested.notification_id).code
    secrets.codes.append(code)
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(household.call(), "bob@example.com", code)
    opened = [
        household.journeys.sign_in(call(), ADA, PASSWORD),
        household.journeys.verify_code(call(), ADA, code),
    ]
    tokens = [one.tokens for one in opened]
    tokens.append(household.journeys.refresh_session(call(), tokens[0].refresh_token))
    for one in tokens:
        secrets.token(one.refresh_token)
        secrets.access_token(one.access_token)
    household.journeys.sessions.revoke_all(call(), opened[0].user.id, None)
    change_and_invite(household, secrets, call, opened[0].user.id)
    other_passwords(household, secrets, call, opened[0].user.id)
    household.post()
    secrets.texts.append(household.keys.partition(":")[2])
    return secrets


def change_and_invite(household: Household, secrets: Secrets, call: Callable[[], Call], user_id: UUID) -> None:
    """Another address, and somebody else who is invited."""
    command = EmailChangeCommand(user_id, PASSWORD, COUNTESS)
    letter = household.letter(household.journeys.start_email_change(call(), command).notification_id)
    secrets.codes.append(letter.code)
    secrets.token(letter.token)
    household.journeys.confirm_email_change(call(), UserCode(user_id, letter.code))
    invited = household.journeys.invite(call(), InviteCommand(user_id, "bob@example.com", "Artist"))
    token = household.letter(invited.notification_id).token
    secrets.token(token)
    household.journeys.accept_invitation(call(), AcceptCommand(token, PASSWORD, given_name="Bob"))


def other_passwords(household: Household, secrets: Secrets, call: Callable[[], Call], user_id: UUID) -> None:
    """A password that is reset by link and by code, and changed; by now the address is another."""
    start, confirm = household.journeys.start_password_reset, household.journeys.confirm_password_reset
    new = [f"walnut-comet-drizzle-{number}" for number in range(3)]
    letter = household.letter(start(call(), COUNTESS, ResetMethod.LINK).notification_id)
    secrets.token(letter.token)
    confirm(call(), letter.link, new[0])
    requested = start(call(), COUNTESS, ResetMethod.CODE)
    proof = household.proof(requested.notification_id, COUNTESS)
    secrets.codes.append(proof.code)
    confirm(call(), proof, new[1])
    household.journeys.change_password(call(), user_id, new[1], new[2])
    secrets.texts += new


def assert_absent(secrets: Secrets, where: bytes) -> None:
    for form in secrets.forms:
        assert form not in where, f"{form[:12]!r}… is stored"


def texts_in(household: Household) -> Iterator[str]:
    """All values that could hold a code: not ids and times, whose digits are anything at times."""
    for table in metadata.sorted_tables:
        for row in household.rows(table):
            for column in table.c:
                if isinstance(column.type, String | Text) or column.type is Json:
                    yield str(row[column.name])


def test_no_table_holds_a_secret(household: Household):
    secrets = live_through_everything(household)
    dump = "\n".join(str(household.rows(table)) for table in metadata.sorted_tables)
    assert_absent(secrets, dump.encode())
    text = "\n".join(texts_in(household))
    for code in secrets.codes:
        assert not re.search(rf"(?<!\d){code}(?!\d)", text)


def test_no_audit_event_holds_an_address(household: Household):
    live_through_everything(household)
    events = household.rows(audit_events)
    assert {row["outcome"] for row in events} == {"succeeded", "refused"}
    assert "@" not in str(events)


def test_no_byte_of_the_sqlite_files_holds_a_secret(sqlite_url: str, tmp_path: Path):
    """Nor what a deleted row has left in a page."""
    with Household(sqlite_url, tmp_path) as household:
        secrets = live_through_everything(household)
        database = Path(str(household.core.database.url.database))
        files = list(database.parent.glob(f"{database.name}*"))
        assert any(file.name.endswith("-wal") for file in files)
        assert_absent(secrets, b"".join(file.read_bytes() for file in files))


def test_no_row_of_postgresql_holds_a_secret_as_text(postgres_url: str, tmp_path: Path):
    with Household(postgres_url, tmp_path) as household:
        secrets = live_through_everything(household)
        with psycopg.connect(postgres_url) as connection:
            dump = [row[0] for table in metadata.tables for row in connection.execute(f"SELECT t::text FROM {table} t")]
        assert len(dump) > 20
        assert_absent(secrets, "\n".join(dump).encode())


def test_the_queue_holds_ids_only(household: Household):
    household.register(ADA)
    household.journeys.request_code(household.call(), ADA)
    waiting = [message for queue in household.core.broker.queues.values() for message in list(queue.queue)]  # type: ignore[union-attr]
    ids = {str(row["id"]) for row in household.rows(notifications)}
    assert len(waiting) == 2
    for encoded in waiting:
        message = json.loads(encoded)
        assert (message["kwargs"], message["options"]) == ({}, {})
        assert message["args"][0] == "default"
        assert message["args"][1] in ids


def test_the_context_of_a_mail_holds_harmless_values_only(household: Household):
    live_through_everything(household)
    contexts = {row["kind"]: row["context"] for row in household.rows(notifications)}
    assert {kind: set(context) for kind, context in contexts.items()} == {
        "verification": {"given_name"},
        "one_time_code": {"given_name", "ip_address"},
        "welcome": {"given_name"},
        "email_change": {"given_name"},
        "email_changed": {"given_name", "new_email_hint", "ip_address"},
        "invitation": {"inviter_name"},
        "address_taken": {"given_name", "ip_address"},
        "reset_link": {"given_name", "ip_address"},
        "reset_code": {"given_name", "ip_address"},
        "password_changed": {"given_name", "ip_address"},
    }
    assert set().union(*(context.values() for context in contexts.values())) <= {
        "Ada",
        "Bob",
        "",
        "192.0.2.1",
        "c•••@example.com",
    }


def test_the_log_holds_no_secret(household: Household, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture):
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        secrets = live_through_everything(household)
    shown = capsys.readouterr()
    log = "\n".join([str(events), caplog.text, shown.out, shown.err])
    assert "delivery_attempted" in log
    assert_absent(secrets, log.encode())
    for text in (ADA, *secrets.codes):
        assert not re.search(rf"(?<!\d){re.escape(text)}(?!\d)", str(events))


def test_what_people_hold_does_not_show_itself(household: Household):
    """In a traceback, a debugger or a careless log line."""
    registered = household.register(ADA)
    letter = household.letter(registered.notification_id)
    household.journeys.verify_email(household.call(), letter.link)
    signed_in = household.journeys.sign_in(household.call(), ADA, PASSWORD)
    shown = io.StringIO()
    for thing in (letter.link, household.proof(registered.notification_id), signed_in, household.core.key_ring):
        print(repr(thing), file=shown)
    for secret in (letter.token, letter.code, signed_in.tokens.access_token, signed_in.tokens.refresh_token):
        assert secret not in shown.getvalue()
