"""Rate limits: how often who may do what.

Every rule is a moving window: in no span as long as its period are more than its amount granted, and refused
calls count for nothing.
"""

from identity_service.identity.limits.limiter import (
    SUBJECT_LABEL,
    CountingLimiter,
    Hit,
    Limiter,
    NoLimits,
    network_of,
)
from identity_service.identity.limits.rules import Limits, Rate, Rule
from identity_service.identity.limits.windows import Take, Windows

__all__ = [
    "SUBJECT_LABEL",
    "CountingLimiter",
    "Hit",
    "Limiter",
    "Limits",
    "NoLimits",
    "Rate",
    "Rule",
    "Take",
    "Windows",
    "network_of",
]
