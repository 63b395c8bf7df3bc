"""What holds for every kind of mail."""

from identity_service.notification.kinds import FACTS, Kind, Queue
from identity_service.notification.rendering.contexts import CONTEXTS


def test_every_kind_has_its_facts_and_its_context() -> None:
    assert set(FACTS) == set(Kind) == set(CONTEXTS)
    assert all(context.kind is kind for kind, context in CONTEXTS.items())


def test_a_taken_address_is_told_as_fast_as_a_new_one() -> None:
    assert Kind.ADDRESS_TAKEN.queue is Kind.VERIFICATION.queue is Queue.HIGH


def test_a_welcome_does_not_delay_codes() -> None:
    assert Kind.ONE_TIME_CODE.queue is Queue.HIGH
    assert Kind.WELCOME.queue is Queue.NORMAL
