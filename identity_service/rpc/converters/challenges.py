"""Challenges."""

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from identity.v1 import challenge_pb2 as pb

from identity_service.identity.challenge_list import ChallengeState, ListedChallenge, state_of
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import BUDGETS
from identity_service.rpc.converters.times import to_timestamp

PURPOSES = {
    Purpose.VERIFY_EMAIL: pb.CHALLENGE_PURPOSE_VERIFY_EMAIL,
    Purpose.SIGN_IN: pb.CHALLENGE_PURPOSE_SIGN_IN,
    Purpose.RESET_PASSWORD: pb.CHALLENGE_PURPOSE_RESET_PASSWORD,
    Purpose.CHANGE_EMAIL: pb.CHALLENGE_PURPOSE_CHANGE_EMAIL,
    Purpose.INVITATION: pb.CHALLENGE_PURPOSE_INVITATION,
}
_STATES = {
    ChallengeState.VALID: pb.CHALLENGE_STATE_VALID,
    ChallengeState.USED: pb.CHALLENGE_STATE_USED,
    ChallengeState.EXPIRED: pb.CHALLENGE_STATE_EXPIRED,
}
PURPOSES_BY_NUMBER = {number: purpose for purpose, number in PURPOSES.items()}
STATES_BY_NUMBER = {number: state for state, number in _STATES.items()}


def to_challenge(listed: ListedChallenge, now: datetime) -> pb.Challenge:
    challenge, state = listed.challenge, state_of(listed.challenge, now)
    return pb.Challenge(
        challenge_id=str(challenge.id),
        purpose=PURPOSES[Purpose(challenge.purpose)],
        state=_STATES[state],
        email=challenge.address_key,
        user_id=str(challenge.user_id or ""),
        subject_id=str(challenge.subject_id or ""),
        decoy=challenge.user_id is None and challenge.subject_id is None,
        attempt_count=listed.attempts,
        max_attempts=BUDGETS[Purpose(challenge.purpose)].attempts,
        attempts_reset_time=to_timestamp(listed.window_ends_at),
        create_time=to_timestamp(challenge.created_at),
        expire_time=to_timestamp(challenge.expires_at),
        use_time=to_timestamp(challenge.used_at),
        remaining_time=_duration(challenge.expires_at - now) if state is ChallengeState.VALID else None,
    )


def _duration(span: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(span)
    return duration
