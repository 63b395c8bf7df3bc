"""What holds for every kind of mail."""

from identity_service.notification.kinds import FACTS, SECURITY, Kind, Queue
from identity_service.notification.rendering.contexts import CONTEXTS


def test_every_kind_has_its_facts_and_its_context() -> None:
    assert set(FACTS) == set(Kind) == set(CONTEXTS)
    assert all(context.kind is kind for kind, context in CONTEXTS.items())


def test_codes_and_links_that_somebody_waits_for_travel_before_all_else() -> None:
    waited_for = {Kind.VERIFICATION, Kind.ONE_TIME_CODE, Kind.RESET_LINK, Kind.RESET_CODE, Kind.EMAIL_CHANGE}
    told_as_fast_as_a_new_address = {Kind.ADDRESS_TAKEN}
    assert {kind for kind in Kind if kind.queue is Queue.HIGH} == waited_for | told_as_fast_as_a_new_address
    assert {kind.queue for kind in Kind} == {Queue.HIGH, Queue.NORMAL}  # only what goes to many is LOW


def test_only_what_belongs_to_no_account_can_be_refused() -> None:
    assert set(Kind) - SECURITY == {Kind.INVITATION, Kind.NOTIFICATION}
