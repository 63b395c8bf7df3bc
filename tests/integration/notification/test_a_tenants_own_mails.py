"""A second tenant's mails: its own words for each user type, its name and its address, however they are sent."""

from uuid import UUID

import pytest

from identity_service.calls.call import Call
from identity_service.identity.invite import InviteCommand
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.notification.kinds import Kind
from identity_service.notification.messages.content import Content
from identity_service.notification.messages.notify_users import Named
from identity_service.notification.rendering.contexts import CONTEXTS
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.templates import Slot
from identity_service.storage.tables import messages, notifications
from tests.services.household import Household, Letter
from tests.services.many_users import add_users

ADA, NEW, BOB = "ada@example.com", "countess@example.com", "bob@example.com"
OTHER_PASSWORD = "walnut-comet-drizzle-7"
FROM = "Acme <hi@acme.example>"


@pytest.fixture
def acme(household: Household) -> Call:
    household.add_tenant("acme", brand_name="Acme", from_address=FROM, user_types=["artist", "fan"])
    return household.call(tenant="acme")


def put(household: Household, call: Call, kind: Kind, subject: str, user_type: str = "") -> None:
    names = CONTEXTS[kind].must_show
    html = "".join('<a href="{{ link }}">Go</a>' if name == "link" else f"<p>{{{{ {name} }}}}</p>" for name in names)
    text = "".join(f"{{{{ {name} }}}}\n" for name in names)
    source = OverrideSource(subject, html or "<p>Words</p>", text or "Words")
    household.journeys.templates.put(call, Slot(kind, user_type, "en"), source)


def letters_by_kind(household: Household) -> dict[str, Letter]:
    kinds: dict[UUID, str] = {row["id"]: row["kind"] for row in household.rows(notifications)}
    return {kinds[letter.notification_id]: letter for letter in household.letters()}


def live_through_every_journey(household: Household, call: Call) -> None:
    """All that a user of the tenant, its first type, can be sent a mail for."""
    journeys = household.journeys
    ada = household.user(ADA, call)
    household.register(ADA, call)
    journeys.request_code(call, ADA)
    journeys.start_password_reset(call, ADA, ResetMethod.CODE)
    reset = journeys.start_password_reset(call, ADA, ResetMethod.LINK)
    journeys.confirm_password_reset(call, household.letter(reset.notification_id).link, OTHER_PASSWORD)
    journeys.invite(call, InviteCommand(ada.id, BOB, "artist"))
    change = journeys.start_email_change(call, EmailChangeCommand(ada.id, OTHER_PASSWORD, NEW))
    journeys.confirm_email_change(call, household.letter(change.notification_id).link)
    household.post()
    journeys.delete_account.by_operator(call, ada.id)
    household.post()


def test_every_mail_of_a_journey_has_the_words_for_its_recipients_type(household: Household, acme: Call):
    kinds = set(Kind) - {Kind.NOTIFICATION}
    for kind in kinds:
        put(household, acme, kind, f"{kind} for artists", "artist")
    live_through_every_journey(household, acme)
    found = letters_by_kind(household)
    assert {kind: letter.subject for kind, letter in found.items()} == {kind: f"{kind} for artists" for kind in kinds}
    assert {letter.sender for letter in found.values()} == {FROM}


def test_a_notice_to_many_has_the_words_for_each_type_with_its_data_and_goes_before_campaigns(
    household: Household, acme: Call
):
    put(household, acme, Kind.NOTIFICATION, "{{ data.order }} for all")
    put(household, acme, Kind.NOTIFICATION, "{{ data.order }} for artists", "artist")
    put(household, household.call(), Kind.NOTIFICATION, "Not of Acme")
    people = [add_users(household, 1, tenant_id="acme", user_type=each)[0] for each in ("artist", "fan")]
    content = Content("update", subject="News", body="Hello.", data={"order": "A7"})
    household.journeys.notify_users(acme, Named(tuple(people)), content)
    assert household.core.broker.queues["normal"].qsize() == 1  # type: ignore[union-attr]
    household.post()
    subjects = {letter.to: letter.subject for letter in household.letters()}
    assert subjects == {"1@artist.example": "A7 for artists", "1@fan.example": "A7 for all"}
    assert {letter.sender for letter in household.letters()} == {FROM}
    assert all("Acme" in letter.text for letter in household.letters())
    assert {row["queue"] for table in (messages, notifications) for row in household.rows(table)} == {"normal"}
