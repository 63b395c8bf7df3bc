"""How many refusals are recorded."""

from identity_service.calls import refusals
from identity_service.calls.refusals import MOST_ALIKE, PERIOD_SECONDS, RefusalBound
from tests.services.hands import Hands


def admitted(bound: RefusalBound, times: int, *alike: str, tenant: str = "default") -> int:
    return sum(bound.admits(tenant, alike) for _ in range(times))


def test_what_is_repeated_is_recorded_a_few_times_only():
    bound = RefusalBound(Hands())
    assert admitted(bound, 100, "session.signed_in", "192.0.2.1", "ada") == MOST_ALIKE
    assert admitted(bound, 100, "session.signed_in", "192.0.2.1", "bob") == MOST_ALIKE


def test_the_next_period_begins_anew():
    now = Hands()
    bound = RefusalBound(now)
    admitted(bound, 100, "a")
    now.turn(PERIOD_SECONDS)
    assert admitted(bound, 100, "a") == MOST_ALIKE


def test_a_tenant_under_attack_is_bounded_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(refusals, "MOST_OF_TENANT", 50)
    bound = RefusalBound(Hands())
    assert sum(admitted(bound, 1, str(number)) for number in range(500)) == 50
    assert admitted(bound, 5, "a", tenant="other") == 5
