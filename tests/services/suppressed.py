"""Addresses that a household is not to write to."""

from typing import Any

from identity_service.calls.call import Call
from identity_service.identity.addresses import parse_address
from identity_service.storage.rows import Suppression, SuppressionReason
from tests.services.household import Household


def suppress(
    household: Household,
    email: str = "ada@example.com",
    *,
    call: Call | None = None,
    reason: SuppressionReason = SuppressionReason.HARD_BOUNCE,
    **given: Any,
) -> Suppression:
    """Write there no more, or nothing of a `category`."""
    address = parse_address(email)
    return household.journeys.suppressions.add(
        call or household.call(), email=address.text, address_key=address.key, reason=reason, **given
    )
