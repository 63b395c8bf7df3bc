"""Answers that are kept for repeated calls must say whose data they hold, or deletion could not erase them."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from uuid import uuid4

from identity_service import identity
from identity_service.identity.sessions import OpenedSession, SignedIn
from identity_service.identity.users import ProvedUser, UserProfile

NEVER_KEPT = {SignedIn, OpenedSession}
"""They hold credentials."""


def answers_with_a_profile() -> Iterator[type]:
    for module in pkgutil.walk_packages(identity.__path__, f"{identity.__name__}."):
        for kind in vars(importlib.import_module(module.name)).values():
            is_own = isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.name
            if is_own and any(field.type is UserProfile for field in fields(kind)):
                yield kind


def test_every_answer_with_a_profile_says_whose_it_is():
    found = set(answers_with_a_profile())
    assert ProvedUser in found
    assert {kind for kind in found - NEVER_KEPT if not hasattr(kind, "personal_to")} == set()


def test_a_profile_is_its_users():
    user_id = uuid4()
    values = dict.fromkeys((field.name for field in fields(UserProfile)), "x") | {"id": user_id}
    assert UserProfile(**values).personal_to == user_id  # type: ignore[arg-type]
