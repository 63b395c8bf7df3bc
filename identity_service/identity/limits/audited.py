"""Limits that leave a trace when they refuse."""

from identity_service.calls.audit import Event
from identity_service.calls.call import Call
from identity_service.calls.refusals import Refusals
from identity_service.errors import LimitExceeded
from identity_service.identity.limits.limiter import Hit, Limiter
from identity_service.identity.limits.rules import Rule


class AuditedLimiter:
    """Records refusals, with the first rule of the call as the reason: once in a while for each subject.

    A subject is refused only after as many granted calls as its rule allows, so these events are the fewer ones.
    """

    def __init__(self, limiter: Limiter, refusals: Refusals) -> None:
        self._limiter = limiter
        self._refusals = refusals

    def hit(self, rule: Rule, *subject: str) -> None:
        """Count one for the subject, or raise `LimitExceeded`; who called is not known here, so nothing is recorded."""
        self._limiter.hit(rule, *subject)

    def hit_all(self, call: Call, *hits: Hit) -> None:
        """Count one for each, or none, record it, and raise `LimitExceeded`."""
        try:
            self._limiter.hit_all(call, *hits)
        except LimitExceeded:
            about = " ".join(part for hit in hits for part in hit[1:])
            self._refusals.record(call, Event.LIMIT_EXCEEDED, hits[0][0].name, about=about, most=1)
            raise
