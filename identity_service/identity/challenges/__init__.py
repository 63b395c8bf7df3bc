"""The one machine behind every proof: make a challenge, count the tries, check the proof, use it up."""

from identity_service.identity.challenges.machine import Challenges, new_challenge
from identity_service.identity.challenges.proofs import ChallengeProofs, EmailCode, LinkToken, Proof
from identity_service.identity.challenges.purposes import BUDGETS, LIFETIMES, Budget

__all__ = [
    "BUDGETS",
    "LIFETIMES",
    "Budget",
    "ChallengeProofs",
    "Challenges",
    "EmailCode",
    "LinkToken",
    "Proof",
    "new_challenge",
]
