"""What holds for every table."""

import pytest
from sqlalchemy import DateTime, LargeBinary, Table, Uuid

from identity_service.storage import rows
from identity_service.storage.queries import erasure, personal_data
from identity_service.storage.rows import Row
from identity_service.storage.tables import metadata

TABLES = pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
PAIRS = {
    "users": rows.User,
    "registrations": rows.Registration,
    "challenges": rows.Challenge,
    "sessions": rows.Session,
    "notifications": rows.Notification,
    "delivery_attempts": rows.DeliveryAttempt,
    "audit_events": rows.AuditEvent,
    "template_overrides": rows.TemplateOverride,
    "tenants": rows.Tenant,
    "api_keys": rows.ApiKey,
    "suppressions": rows.Suppression,
    "email_changes": rows.EmailChange,
    "invitations": rows.Invitation,
    "messages": rows.Message,
    "campaigns": rows.Campaign,
}
SECRET = {"password_hash", "refresh_fingerprint", "fingerprint"}


def test_every_row_class_is_complete_for_its_table():
    classes = {kind for kind in vars(rows).values() if isinstance(kind, type) and issubclass(kind, Row)} - {Row}
    assert set(PAIRS.values()) == classes
    assert [name for name, kind in PAIRS.items() if not kind.complete(metadata.tables[name])] == []


def test_a_class_of_another_table_is_not_complete():
    assert not rows.User.complete(metadata.tables["sessions"])


@TABLES
def test_the_tenant_leads_every_key(table: Table):
    if table.name != "tenants":
        assert next(iter(table.primary_key.columns)).name == "tenant_id"


@TABLES
def test_the_tenant_leads_every_index_that_people_search_by(table: Table):
    for index in table.indexes:
        assert index.columns[0].name == "tenant_id" or str(index.name).endswith("_relay")


@TABLES
def test_every_time_is_an_instant(table: Table):
    for column in table.c:
        if isinstance(column.type, DateTime):
            assert column.type.timezone, f"{table}.{column.name}"
            assert column.name.endswith("_at")


@TABLES
def test_every_id_is_a_uuid(table: Table):
    for column in table.c:
        if column.name.endswith("_id") and column.name not in ("tenant_id", "key_id", "refresh_key_id"):
            assert isinstance(column.type, Uuid), f"{table}.{column.name}"


@TABLES
def test_no_column_is_named_as_if_it_held_a_secret(table: Table):
    words = ("password", "token", "code", "secret", "fingerprint")
    suspicious = {column.name for column in table.c if any(word in column.name for word in words)}
    assert suspicious <= SECRET | {"password_changed_at"}


def test_a_row_does_not_show_its_hashes():
    values = dict.fromkeys(PAIRS["users"].__dataclass_fields__, "x") | {"password_hash": "do not show"}
    assert "do not show" not in repr(rows.User(**values))  # type: ignore[arg-type]


def test_a_row_reads_back_what_it_writes():
    values = {name: name for name in PAIRS["sessions"].__dataclass_fields__}
    session = rows.Session(**values)  # type: ignore[arg-type]
    assert session.values() == values
    assert rows.Session.from_tuple(tuple(values.values())) == session
    assert [column.name for column in rows.Session.columns(metadata.tables["sessions"])] == list(values)


def test_for_every_table_it_is_said_what_becomes_of_it_when_a_user_is_deleted():
    """A new table: name it in `storage/queries/erasure.py`, and erase there what it keeps of a user."""
    declared = [*erasure.ERASED, *erasure.ANONYMISED, *erasure.IMPERSONAL]
    assert sorted(declared) == sorted(metadata.tables)


def test_every_table_that_is_erased_or_anonymised_is_written_to_by_the_erasure():
    written = {statement.table.name for statement in erasure.STATEMENTS}
    assert written == erasure.ERASED | erasure.ANONYMISED


def test_no_table_about_users_is_called_impersonal():
    telling = {"user_id", "address_key", "recipient_key", "email", "given_name", "ip_address"}
    assert {name for name in erasure.IMPERSONAL if telling & set(metadata.tables[name].c.keys())} == set()


def test_for_every_table_it_is_said_what_a_person_is_told_of_it():
    """A new table: name it in `storage/queries/personal_data.py`, with its rows about a person."""
    assert set(personal_data.SOURCES) | erasure.IMPERSONAL == set(metadata.tables)


def test_a_person_is_told_no_secrets():
    for name in personal_data.SOURCES:
        binary = {column.name for column in metadata.tables[name].c if isinstance(column.type, LargeBinary)}
        assert (set(metadata.tables[name].c.keys()) & SECRET) | binary <= personal_data.WITHHELD, name
