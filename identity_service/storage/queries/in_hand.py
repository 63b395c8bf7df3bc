"""The mails of a message that a worker has in hand, as one statement finds many of them on PostgreSQL.

They are found by their lease, which the index of a message's waiting mails ends with. Looked up by their ids, all mails
of the tenant may be read: where PostgreSQL has not counted yet, or there are many tenants, it takes any index that
begins with the tenant for as good as the one of the ids.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam

from identity_service.storage.rows import Notification
from identity_service.storage.tables import notifications
from identity_service.storage.tables.columns import Time
from identity_service.storage.tables.notifications import WAITING_OF_MESSAGE

IN_HAND = f"""
    {WAITING_OF_MESSAGE.text} AND notifications.tenant_id = :of_tenant AND message_id = :of_message
    AND notifications.state = 'sending' AND notifications.relay_at BETWEEN :first_lease AND :last_lease
"""
"""A condition on `notifications`, beside an `unnest` of what is to become of each: `state` and `message_id` stand in it
without their table, so no column of that may be called so."""

PARAMETERS = (
    bindparam("of_message", type_=notifications.c.message_id.type),
    bindparam("first_lease", type_=Time),
    bindparam("last_lease", type_=Time),
)


def parameters(claimed: Sequence[Notification]) -> dict[str, Any]:
    """The values for `IN_HAND`: `claimed` are of one message, and one at least."""
    leases = [each.relay_at for each in claimed]
    return {
        "of_tenant": claimed[0].tenant_id,
        "of_message": claimed[0].message_id,
        "first_lease": min(leases),
        "last_lease": max(leases),
    }
