"""What can go wrong when notifications are read or steered."""

from identity_service.errors import AlreadyExists, FailedPrecondition, InvalidInput, NotFound


class NotificationNotFound(NotFound):
    """No such notification in this tenant."""

    reason = "NOTIFICATION_NOT_FOUND"
    message = "There is no such notification."


class NotificationNotRetryable(FailedPrecondition):
    """Only a dead notification can be retried, while what it carries is valid and its campaign is not cancelled."""

    reason = "NOTIFICATION_NOT_RETRYABLE"
    message = (
        "Only a dead notification can be retried: not one whose content has expired or whose campaign was cancelled."
    )


class RecipientNotFound(NotFound):
    """No such user in this tenant."""

    reason = "USER_NOT_FOUND"
    message = "There is no such user."


class AlreadySuppressed(AlreadyExists):
    """The address is suppressed for that category already."""

    reason = "ALREADY_SUPPRESSED"
    message = "The address is suppressed for this category already."


class SuppressionNotFound(NotFound):
    """No such suppression in this tenant."""

    reason = "SUPPRESSION_NOT_FOUND"
    message = "There is no such suppression."


class NotificationNotCancellable(FailedPrecondition):
    """Only a notification that waits can be called off; this one is being sent, or has come to an end."""

    reason = "NOTIFICATION_NOT_CANCELLABLE"
    message = "Only a queued notification can be cancelled."


class CampaignNotFound(NotFound):
    """No such campaign in this tenant."""

    reason = "CAMPAIGN_NOT_FOUND"
    message = "There is no such campaign."


class CampaignStateWrong(FailedPrecondition):
    """The campaign's state does not allow this: it is over, or is not paused."""

    reason = "CAMPAIGN_STATE_WRONG"
    message = "The campaign's state does not allow this."


class TemplateNotTaken(InvalidInput):
    """A template that is not safe to run, or whose mails would be of no use."""

    reason = "TEMPLATE_REFUSED"
    message = "The template cannot be taken."


class TemplateOverrideNotFound(NotFound):
    """The tenant has no such template of its own."""

    reason = "TEMPLATE_OVERRIDE_NOT_FOUND"
    message = "There is no such template override."


class TooManyTemplates(FailedPrecondition):
    """The tenant has as many templates of its own as it may."""

    reason = "TOO_MANY_TEMPLATES"
    message = "The tenant has as many template overrides as it may have. Delete some first."
