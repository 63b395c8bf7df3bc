"""What callers learn of a mail that does not go to a suppressed address."""

from collections.abc import Callable

import pytest
from identity.v1 import account_service_pb2
from notification.v1 import notification_pb2
from notification.v1 import notification_service_pb2 as pb

from identity_service.storage.rows import SuppressionReason
from tests.services.household import Household
from tests.services.served import served
from tests.services.service import Client
from tests.services.suppressed import suppress

BOB = "bob@example.com"


def _reset(client: Client, _: Household) -> str:
    request = account_service_pb2.StartPasswordResetRequest(email=BOB, method="PASSWORD_RESET_METHOD_LINK")
    return client.accounts.StartPasswordReset(request).notification_id


def _invitation(client: Client, household: Household) -> str:
    inviter = str(household.user().id)
    request = account_service_pb2.InviteUserRequest(inviter_user_id=inviter, email=BOB, user_type="user")
    return client.accounts.InviteUser(request).notification_id


@pytest.mark.parametrize(
    ("ask", "reason", "words"),
    [
        (_reset, SuppressionReason.HARD_BOUNCE, "HARD_BOUNCE"),
        (_invitation, SuppressionReason.COMPLAINT, "ListSuppressions says why"),
    ],
)
def test_the_caller_is_told_that_a_mail_was_held_back_and_why(
    household: Household, ask: Callable[[Client, Household], str], reason: SuppressionReason, words: str
):
    suppress(household, BOB, reason=reason)
    with served(household) as client:
        notification_id = ask(client, household)
        household.post()
        found = client.notifications.GetNotification(pb.GetNotificationRequest(notification_id=notification_id))
    mail, (attempt,) = found.notification, found.notification.attempts
    assert mail.state == notification_pb2.NOTIFICATION_STATE_SUPPRESSED
    assert words in mail.last_error
    assert (attempt.outcome, attempt.error) == (notification_pb2.DELIVERY_OUTCOME_SUPPRESSED, mail.last_error)
