"""Passwords: which are accepted, how they are kept (Argon2id), and those that other systems have kept (`schemes`)."""

from identity_service.identity.passwords.breached import BreachedPasswords, NoBreachedPasswords, PwnedPasswords
from identity_service.identity.passwords.hashing import HashingCost, PasswordHasher
from identity_service.identity.passwords.new import NewPasswords
from identity_service.identity.passwords.policy import PasswordPolicy, PasswordRefused, normalise
from identity_service.identity.passwords.turns import HashingBusy, available_cores

__all__ = [
    "BreachedPasswords",
    "HashingBusy",
    "HashingCost",
    "NewPasswords",
    "NoBreachedPasswords",
    "PasswordHasher",
    "PasswordPolicy",
    "PasswordRefused",
    "PwnedPasswords",
    "available_cores",
    "normalise",
]
