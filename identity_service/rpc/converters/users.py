"""Users."""

from identity.v1 import user_pb2

from identity_service.identity.users import UserProfile
from identity_service.rpc.converters.times import to_timestamp
from identity_service.storage.rows import UserState

STATES = {
    UserState.ACTIVE: user_pb2.USER_STATE_ACTIVE,
    UserState.SUSPENDED: user_pb2.USER_STATE_SUSPENDED,
}


def to_user(profile: UserProfile) -> user_pb2.User:
    return user_pb2.User(
        user_id=str(profile.id),
        email=profile.email,
        given_name=profile.given_name,
        family_name=profile.family_name,
        user_type=profile.user_type,
        locale=profile.locale,
        state=STATES[profile.state],
        create_time=to_timestamp(profile.created_at),
        email_verify_time=to_timestamp(profile.email_verified_at),
        update_time=to_timestamp(profile.updated_at),
        suspend_time=to_timestamp(profile.suspended_at),
        suspend_reason=profile.suspend_reason,
        external_reference=profile.external_reference,
    )
