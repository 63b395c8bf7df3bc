"""ChallengeService: messages in, a page of challenges out."""

from functools import partial
from uuid import UUID

import grpc
from identity.v1 import challenge_service_pb2 as pb
from identity.v1 import challenge_service_pb2_grpc

from identity_service.clock import Clock
from identity_service.identity.challenge_list import ChallengeList
from identity_service.rpc import paging
from identity_service.rpc.callers import current_caller
from identity_service.rpc.converters.challenges import PURPOSES_BY_NUMBER, STATES_BY_NUMBER, to_challenge


class ChallengeServicer(challenge_service_pb2_grpc.ChallengeServiceServicer):
    """See protos/identity/v1/challenge_service.proto."""

    def __init__(self, *, challenges: ChallengeList, clock: Clock) -> None:
        self._challenges = challenges
        self._now = clock

    def ListChallenges(
        self, request: pb.ListChallengesRequest, context: grpc.ServicerContext
    ) -> pb.ListChallengesResponse:
        read = partial(
            self._challenges.page,
            current_caller().tenant_id,
            purpose=PURPOSES_BY_NUMBER.get(request.purpose),
            state=STATES_BY_NUMBER.get(request.state),
            email=request.email,
            user_id=UUID(request.user_id) if request.user_id else None,
        )
        (found, next_page), now = paging.page(request, read), self._now()
        return pb.ListChallengesResponse(
            challenges=[to_challenge(listed, now) for listed in found], next_page_token=next_page
        )
