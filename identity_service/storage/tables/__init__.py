"""The schema. Alembic compares it with the migrations, and the test command fails when they differ."""

from identity_service.storage.tables.accounts import registrations, users
from identity_service.storage.tables.challenges import challenge_budgets, challenges
from identity_service.storage.tables.columns import metadata
from identity_service.storage.tables.email_changes import email_changes
from identity_service.storage.tables.invitations import invitations
from identity_service.storage.tables.messages import campaigns, messages
from identity_service.storage.tables.notifications import delivery_attempts, notifications
from identity_service.storage.tables.preferences import opt_outs, suppressions
from identity_service.storage.tables.records import answered_requests, audit_events
from identity_service.storage.tables.sessions import sessions
from identity_service.storage.tables.templates import template_overrides
from identity_service.storage.tables.tenants import api_keys, tenants

__all__ = [
    "answered_requests",
    "api_keys",
    "audit_events",
    "campaigns",
    "challenge_budgets",
    "challenges",
    "delivery_attempts",
    "email_changes",
    "invitations",
    "messages",
    "metadata",
    "notifications",
    "opt_outs",
    "registrations",
    "sessions",
    "suppressions",
    "template_overrides",
    "tenants",
    "users",
]
