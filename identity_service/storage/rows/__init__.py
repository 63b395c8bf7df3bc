"""Rows as plain values: one module for each module of tables."""

from identity_service.storage.rows.accounts import Registration, User, UserState
from identity_service.storage.rows.challenges import Challenge
from identity_service.storage.rows.email_changes import EmailChange
from identity_service.storage.rows.invitations import Invitation
from identity_service.storage.rows.messages import Campaign, CampaignState, Message
from identity_service.storage.rows.notifications import DeliveryAttempt, Notification, NotificationState
from identity_service.storage.rows.preferences import Suppression, SuppressionReason
from identity_service.storage.rows.records import AuditEvent
from identity_service.storage.rows.row import Row
from identity_service.storage.rows.sessions import Session
from identity_service.storage.rows.templates import TemplateOverride
from identity_service.storage.rows.tenants import ApiKey, Tenant

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Campaign",
    "CampaignState",
    "Challenge",
    "DeliveryAttempt",
    "EmailChange",
    "Invitation",
    "Message",
    "Notification",
    "NotificationState",
    "Registration",
    "Row",
    "Session",
    "Suppression",
    "SuppressionReason",
    "TemplateOverride",
    "Tenant",
    "User",
    "UserState",
]
