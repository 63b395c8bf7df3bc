"""Tenants' own templates, from being put to the mails that are made of them."""

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch
from uuid import uuid4

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from identity_service.calls.errors import RequestIdReused
from identity_service.errors import InvalidInput
from identity_service.notification import overrides, templates
from identity_service.notification.errors import TemplateNotTaken, TemplateOverrideNotFound, TooManyTemplates
from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import Notice
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.templates import Filter, Slot
from identity_service.storage.database import Database
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import audit_events, template_overrides
from tests.services.household import Household, Letter
from tests.services.languages import LANGUAGES, TAGS
from tests.services.statements import Statements, counted

WELCOME = Slot(Kind.WELCOME, "", "en")


def _source(words: str) -> OverrideSource:
    return OverrideSource(words, f"<p>{words}</p>", words)


def _put(household: Household, slot: Slot = WELCOME, words: str = "Ours", tenant: str = "default") -> None:
    household.journeys.templates.put(household.call(tenant=tenant), slot, _source(words))


def _welcome(household: Household, email: str = "ada@example.com", **given: str) -> Letter:
    household.user(email, **given)
    household.post()
    return household.letters(email)[-1]


def test_a_template_that_is_put_is_what_the_next_mail_is_made_of(household: Household):
    before = _welcome(household)
    _put(household)
    letter = _welcome(household, "bob@example.com")
    assert "Ours" not in before.subject
    assert letter.subject == "Ours"
    assert letter.text.splitlines()[0] == "Ours"
    assert "<p" in letter.html
    assert ">Ours</p>" in letter.html
    assert "You receive this mail because" in letter.text


def test_the_one_for_the_user_type_comes_before_the_one_for_all(household: Household):
    household = household.restarted(IDENTITY_USER_TYPES="fan,artist")
    _put(household, words="All")
    _put(household, WELCOME._replace(user_type="artist"), "Artists")
    assert _welcome(household, "a@example.com", user_type="artist").subject == "Artists"
    assert _welcome(household, "f@example.com", user_type="fan").subject == "All"
    household.close()


def test_a_template_holds_for_its_language_and_the_regions_of_it(household: Household):
    _put(household, WELCOME._replace(locale="ar"), "أهلا")
    assert _welcome(household, "a@example.com", locale="ar-EG").subject == "أهلا"
    assert _welcome(household, "b@example.com", locale="en").subject != "أهلا"


def test_a_template_holds_for_its_tenant_alone(household: Household):
    household.add_tenant("acme")
    _put(household, words="Acme's", tenant="acme")
    assert _welcome(household).subject != "Acme's"
    assert household.journeys.templates.page("default", Filter(), before=None, size=10) == []
    with pytest.raises(TemplateOverrideNotFound):
        household.journeys.templates.preview("default", WELCOME, version=1)
    with pytest.raises(TemplateOverrideNotFound):
        household.journeys.templates.delete(household.call(), WELCOME)


def test_a_deletion_brings_the_services_own_back(household: Household):
    _put(household)
    deleted = household.journeys.templates.delete(household.call(), WELCOME)
    assert deleted.version == 2
    assert _welcome(household).subject != "Ours"
    with pytest.raises(TemplateOverrideNotFound):
        household.journeys.templates.delete(household.call(), WELCOME)


def test_every_change_is_a_version_and_is_recorded(household: Household):
    _put(household, words="One")
    _put(household, words="Two")
    household.journeys.templates.delete(household.call(), WELCOME)
    _put(household, words="Four")
    page = household.journeys.templates.page
    assert [(row.version, row.subject) for row in page("default", Filter(), before=None, size=9)] == [(4, "Four")]
    history = page("default", Filter(history=True), before=None, size=9)
    assert [(row.version, row.deleted, row.subject) for row in history] == [
        (4, False, "Four"),
        (3, True, ""),
        (2, False, "Two"),
        (1, False, "One"),
    ]
    assert page("default", Filter(history=True), before=history[1].id, size=1) == [history[2]]
    assert {row.created_by for row in history} == {"test"}
    events = [row["event"] for row in household.rows(audit_events)]
    assert [event for event in events if event.startswith("template")] == [
        "template.put",
        "template.put",
        "template.deleted",
        "template.put",
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(kinds=(Kind.WELCOME,)), 2),
        (Filter(kinds=(Kind.INVITATION,)), 0),
        (Filter(user_type="artist"), 1),
        (Filter(locale="ar"), 0),
    ],
)
def test_templates_are_listed_by_what_they_are_for(household: Household, wanted: Filter, found: int):
    _put(household)
    _put(household, WELCOME._replace(user_type="artist"))
    assert len(household.journeys.templates.page("default", wanted, before=None, size=9)) == found


def test_only_the_last_versions_are_kept(household: Household):
    with patch.object(templates, "KEPT_VERSIONS", 2):
        for words in ("One", "Two", "Three", "Four"):
            _put(household, words=words)
    assert [row["subject"] for row in household.rows(template_overrides)] == ["Three", "Four"]


def test_a_tenant_has_no_more_templates_than_it_may(household: Household):
    with patch.object(templates, "MOST_TEMPLATES", 1):
        _put(household)
        _put(household, words="Changed")
        with pytest.raises(TooManyTemplates):
            _put(household, WELCOME._replace(locale="ar"))
        household.journeys.templates.delete(household.call(), WELCOME)
        _put(household, WELCOME._replace(locale="ar"))


def test_a_repeated_request_has_no_second_effect(household: Household):
    call = household.call(request_id=uuid4())
    first = household.journeys.templates.put(call, WELCOME, _source("Ours"))
    assert household.journeys.templates.put(call, WELCOME, _source("Ours")) == first
    gone = household.call(request_id=uuid4())
    assert household.journeys.templates.delete(gone, WELCOME) == household.journeys.templates.delete(gone, WELCOME)
    assert len(household.rows(template_overrides)) == 2
    assert call.request is not None
    other = replace(call, request=replace(call.request, payload=b"other"))
    with pytest.raises(RequestIdReused):
        household.journeys.templates.put(other, WELCOME, _source("Others"))


def test_what_is_refused_names_its_field_and_leaves_nothing(household: Household):
    with pytest.raises(TemplateNotTaken) as refused:
        household.journeys.templates.put(household.call(), WELCOME, OverrideSource("x", "{{ 1 + 1 }}", "x"))
    assert [violation.field for violation in refused.value.fields] == ["html"]
    with pytest.raises(InvalidInput, match="not valid") as unknown:
        household.journeys.templates.put(household.call(), WELCOME._replace(locale="xx"), _source("x"))
    assert unknown.value.fields[0].description == f"must be one of {', '.join(TAGS)}"
    assert household.rows(template_overrides) == []


def test_a_template_whose_mails_could_take_minutes_is_refused_with_what_to_do(household: Household):
    over_and_over = "{% if message" + "|one_line" * 30 + " == 'x' %}{% endif %}"
    html = "{% for p in message|paragraphs %}" + over_and_over * 2 + "{% endfor %}<p>{{ message }}</p>"
    source = OverrideSource("{{ title }}", html, "{{ message }}")
    with pytest.raises(TemplateNotTaken) as refused:
        household.journeys.templates.put(household.call(), Slot(Kind.NOTIFICATION, "", "en"), source)
    assert "line 1: in a loop use its own variable" in refused.value.fields[0].description


def test_a_preview_shows_the_draft_the_version_or_what_is_in_effect(household: Household):
    preview = household.journeys.templates.preview
    own = preview("default", WELCOME)
    assert own.override is None
    _put(household, words="One")
    _put(household, words="Two")
    for_artists = WELCOME._replace(user_type="artist")
    assert preview("default", WELCOME).mail.subject == preview("default", for_artists).mail.subject == "Two"
    assert preview("default", WELCOME, version=1).mail.subject == "One"
    assert preview("default", WELCOME, _source("Draft")).mail.subject == "Draft"
    with pytest.raises(TemplateNotTaken):
        preview("default", WELCOME, OverrideSource("x", "<p>", "x"))
    with pytest.raises(TemplateOverrideNotFound):
        preview("default", WELCOME, version=7)


def test_a_preview_for_a_user_type_whose_own_is_deleted_shows_the_one_for_all(household: Household):
    for_artists = WELCOME._replace(user_type="artist")
    _put(household, words="All")
    _put(household, for_artists, "Artists")
    assert household.journeys.templates.preview("default", for_artists).mail.subject == "Artists"
    household.journeys.templates.delete(household.call(), for_artists)
    assert household.journeys.templates.preview("default", for_artists).mail.subject == "All"


def test_a_preview_speaks_the_language_of_its_template(household: Household):
    slot, source = Slot(Kind.NOTIFICATION, "", "ar"), OverrideSource("{{ title }}", "{{ message }}", "{{ message }}")
    household.journeys.templates.put(household.call(), slot, source)
    title = LANGUAGES["ar"].messages.gettext(Notice.sample().title)
    assert household.journeys.templates.preview("default", slot).mail.subject == title != Notice.sample().title


@pytest.mark.parametrize("data", [{}, {"order": ""}, {"order": "x" * 251}])
def test_a_template_that_fails_when_a_mail_is_sent_loses_no_mail(household: Household, data: dict[str, str]):
    slot = Slot(Kind.NOTIFICATION, "", "en")
    source = OverrideSource("{{ data.order }}", "<p>{{ message }}</p>", "{{ message }}")
    household.journeys.templates.put(household.call(), slot, source)
    writer = household.mailroom.delivery._writer
    with capture_logs() as logs:
        mail = writer.prepare("default", Kind.NOTIFICATION, "en", Notice("", "Title", "Message", data))
    assert mail._mail.nameless.subject == "Title"
    assert [entry["event"] for entry in logs] == ["template_override_failed"]
    assert logs[0]["template"] == "notification//en@1"
    ours = writer.prepare("default", Kind.NOTIFICATION, "en", Notice("", "Title", "Message", {"order": "A1"}))
    assert ours._mail.nameless.subject == "A1"


def test_a_template_that_is_taken_no_longer_loses_no_mail(household: Household):
    _put(household)
    with household.core.database.connect() as connection:
        connection.execute(update(template_overrides).values(html="{{ ''.__class__ }}"))
    assert _welcome(household).subject != "Ours"


def test_delivering_costs_no_query_more_in_the_steady_state(household: Household):
    _put(household)
    writer = household.mailroom.delivery._writer
    context = Notice("", "Title", "Message")
    writer.prepare("default", Kind.NOTIFICATION, "en", context)
    household.core.overrides.find("default", Kind.WELCOME, "artist", "en")
    with counted(household.core.database) as statements:
        writer.prepare("default", Kind.NOTIFICATION, "en", context)
        assert household.core.overrides.find("default", Kind.WELCOME, "artist", "en")
    assert statements == Statements()


def test_a_change_reaches_every_process_within_seconds_and_outlives_an_absent_database(household: Household):
    now = [100.0]
    compiled = household.core.overrides._compile
    elsewhere = overrides.OverrideDirectory(household.core.database, compiled, lambda: now[0])

    def found() -> str | None:
        override = elsewhere.find("default", Kind.WELCOME, None, "en")
        return override.name if override else None

    assert found() is None
    _put(household)
    assert found() is None
    now[0] += overrides.FRESH_SECONDS
    assert found() == "welcome//en@1"
    now[0] += overrides.FRESH_SECONDS
    with without_database():
        assert found() == "welcome//en@1"


def test_a_tenant_nobody_has_seen_gets_our_templates_while_the_database_is_away(household: Household):
    with without_database():
        assert household.core.overrides.find("unseen", Kind.WELCOME, None, "en") is None


def test_no_more_templates_are_kept_compiled_than_a_process_can_hold(household: Household):
    with patch.object(overrides, "_MOST_COMPILED", 1):
        for locale in ("en", "ar"):
            _put(household, WELCOME._replace(locale=locale))
            assert household.core.overrides.find("default", Kind.WELCOME, None, locale)
    assert len(household.core.overrides._compiled) == 1


def without_database() -> AbstractContextManager[object]:
    return patch.object(Database, "connect", side_effect=DatabaseUnavailable)
