"""Passwords: which are accepted, how they are kept (Argon2id), and those that other systems have kept (`schemes`)."""

from identity_service.identity.passwords.breached import BreachedPasswords, NoBreachedPasswords
from identity_service.identity.passwords.hashing import HashingCost
from identity_service.identity.passwords.new import ChosenPassword, NewPasswords
from identity_service.identity.passwords.places import HashingBusy, HashingPlaces, Place
from identity_service.identity.passwords.policy import PasswordPolicy, PasswordRefused, normalise
from identity_service.identity.passwords.turns import available_cores

__all__ = [
    "BreachedPasswords",
    "ChosenPassword",
    "HashingBusy",
    "HashingCost",
    "HashingPlaces",
    "NewPasswords",
    "NoBreachedPasswords",
    "PasswordPolicy",
    "PasswordRefused",
    "Place",
    "available_cores",
    "normalise",
]
