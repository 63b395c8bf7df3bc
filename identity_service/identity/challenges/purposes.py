"""What challenges are for: how long they live, how many codes may be tried, and what a proof brings about."""

from dataclasses import dataclass
from datetime import timedelta

from identity_service.calls.audit import Event
from identity_service.identity.challenge_secrets import Purpose


@dataclass(frozen=True, slots=True)
class Budget:
    """How many codes may be tried for one address in any window of that length."""

    attempts: int
    window: timedelta


LIFETIMES = {
    Purpose.VERIFY_EMAIL: timedelta(hours=24),
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
}
BUDGETS = {
    Purpose.VERIFY_EMAIL: Budget(5, timedelta(hours=1)),
    Purpose.SIGN_IN: Budget(5, timedelta(minutes=10)),
    Purpose.RESET_PASSWORD: Budget(5, timedelta(hours=1)),
    Purpose.CHANGE_EMAIL: Budget(5, timedelta(hours=1)),
    Purpose.INVITATION: Budget(5, timedelta(hours=1)),
}
PROVES = {
    Purpose.VERIFY_EMAIL: Event.EMAIL_VERIFIED,
    Purpose.SIGN_IN: Event.SIGNED_IN,
    Purpose.RESET_PASSWORD: Event.PASSWORD_RESET,
    Purpose.CHANGE_EMAIL: Event.EMAIL_CHANGED,
    Purpose.INVITATION: Event.INVITATION_ACCEPTED,
}
"""What a proof brings about, and what was refused with it."""
