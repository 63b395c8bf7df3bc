"""The condition of all that is done with a password: that password and state of the user are what they were."""

from typing import Any

from sqlalchemy import bindparam, select

from identity_service.storage.rows import User
from identity_service.storage.tables import users
from identity_service.storage.tables.columns import Time

IS_SAME = (
    users.c.tenant_id == bindparam("of_tenant"),
    users.c.id == bindparam("of_user"),
    users.c.password_changed_at.is_not_distinct_from(bindparam("changed_at", type_=Time)),
    users.c.state == bindparam("in_state"),
)
SAME_USER = (
    select(users.c.id)
    .where(*IS_SAME)
    .with_for_update(read=True)  # whoever changes the password waits until what follows is there to be undone
)


def parameters(user: User) -> dict[str, Any]:
    """The parameters of both for the user as read."""
    return {
        "of_tenant": user.tenant_id,
        "of_user": user.id,
        "changed_at": user.password_changed_at,
        "in_state": user.state,
    }
