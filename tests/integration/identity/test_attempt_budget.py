"""Five codes may be tried for an address in a window, whatever happens in between."""

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest

from identity_service.errors import Unavailable
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import BUDGETS, EmailCode, machine
from identity_service.identity.errors import AttemptsExhausted, ProofRejected
from identity_service.storage.tables import challenge_budgets, challenges, sessions
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import Household

ADA = "ada@example.com"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def spend(household: Household, times: int, email: str = ADA, code: str = "000000") -> None:
    """Try a wrong code so many times."""
    for _ in range(times):
        with pytest.raises(ProofRejected):
            household.journeys.verify_code(household.call(), email, code)


@pytest.fixture
def ada(household: Household) -> Household:
    """A household where ada@example.com has a user, and no code was tried."""
    household.user(ADA)
    return household


def test_the_right_code_is_refused_after_five_wrong_ones(ada: Household):
    code = ada.code()
    spend(ada, 5, code=wrong(code))
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, code)
    assert ada.rows(sessions) == []


def test_the_right_code_is_accepted_as_the_fifth(ada: Household):
    code = ada.code()
    spend(ada, 4, code=wrong(code))
    assert ada.journeys.verify_code(ada.call(), ADA, code)


def test_a_new_request_brings_no_new_attempts(ada: Household):
    spend(ada, 5, code=wrong(ada.code()))
    fresh = ada.code()
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, fresh)


def test_another_network_brings_no_new_attempts_and_neither_does_a_new_code(ada: Household):
    """As many tries as there are networks would find six digits."""
    for number in range(5):
        code = ada.code()
        with pytest.raises(ProofRejected):
            ada.journeys.verify_code(ada.call(ip=f"198.51.{number}.1"), ADA, wrong(code))
    right, call = ada.code(), ada.call(ip="203.0.113.9")
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(call, ADA, right)


def test_a_resend_brings_no_new_attempts(household: Household):
    code = household.letter(household.register().notification_id).code
    proof = EmailCode(parse_address(ADA), wrong(code))
    for _ in range(5):
        with pytest.raises(ProofRejected):
            household.journeys.verify_email(household.call(), proof)
    resent = household.journeys.resend_verification.to_address(household.call(), ADA)
    with pytest.raises(AttemptsExhausted):
        household.journeys.verify_email(household.call(), household.proof(resent.notification_id))


def test_the_link_works_when_the_codes_are_exhausted(household: Household):
    """Whoever tries codes at somebody's address can not keep them from registering."""
    letter = household.letter(household.register().notification_id)
    for _ in range(5):
        with pytest.raises(ProofRejected):
            household.journeys.verify_email(household.call(), EmailCode(parse_address(ADA), wrong(letter.code)))
    assert household.journeys.verify_email(household.call(), letter.link)


def test_another_spelling_of_the_address_brings_no_new_attempts(ada: Household):
    code = ada.code()
    spend(ada, 5, "ADA@Example.COM", wrong(code))
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, code)


def test_a_success_gives_no_attempt_back(ada: Household):
    spend(ada, 4, code=wrong(ada.code()))
    ada.sign_in()
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, ada.code())


def test_the_budget_of_one_purpose_is_not_that_of_another(ada: Household):
    spend(ada, 5)
    with pytest.raises(ProofRejected):
        ada.journeys.verify_email(ada.call(), EmailCode(parse_address(ADA), "000000"))


def test_the_budget_of_one_address_or_tenant_is_not_that_of_another(ada: Household):
    ada.add_tenant("other")
    spend(ada, 5)
    spend(ada, 1, "bob@example.com")
    with pytest.raises(ProofRejected):
        ada.journeys.verify_code(ada.call(tenant="other"), ADA, "000000")


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_known_and_unknown_addresses_are_exhausted_alike(ada: Household, email: str):
    ada.journeys.request_code(ada.call(), email)
    spend(ada, 5, email)
    started = ada.clock.stand()
    with pytest.raises(AttemptsExhausted) as refused:
        ada.journeys.verify_code(ada.call(), email, "000000")
    assert timedelta(0) < refused.value.retry_after <= timedelta(minutes=10)
    ada.clock.stand_at(started + refused.value.retry_after)
    spend(ada, 1, email)


def test_the_time_to_wait_is_what_is_left_of_the_window(ada: Household):
    started = ada.clock.stand()
    spend(ada, 5)
    ada.clock.stand_at(started + timedelta(minutes=7))
    with pytest.raises(AttemptsExhausted) as refused:
        ada.journeys.verify_code(ada.call(), ADA, "000000")
    assert refused.value.retry_after == timedelta(minutes=3)


def test_refused_attempts_do_not_make_the_window_longer(ada: Household):
    started = ada.clock.stand()
    spend(ada, 5)
    for minute in (3, 6, 9):
        ada.clock.stand_at(started + timedelta(minutes=minute))
        with pytest.raises(AttemptsExhausted):
            ada.journeys.verify_code(ada.call(), ADA, "000000")
    ada.clock.stand_at(started + timedelta(minutes=10))
    assert ada.journeys.verify_code(ada.call(), ADA, ada.code())


def test_the_window_lasts_to_its_last_microsecond(ada: Household):
    started = ada.clock.stand()
    spend(ada, 5)
    ada.clock.stand_at(started + timedelta(minutes=10, microseconds=-1))
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, "000000")
    ada.clock.turn(microseconds=1)
    spend(ada, 5)
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, "000000")


def test_a_window_for_verification_codes_lasts_an_hour():
    assert BUDGETS[Purpose.VERIFY_EMAIL].window == timedelta(hours=1)
    assert {budget.attempts for budget in BUDGETS.values()} == {5}


def test_a_transaction_that_is_rolled_back_gives_no_attempt_back(ada: Household):
    code = ada.code()
    for _ in range(5):
        with meanwhile(ada.core.database, "INSERT INTO sessions", _fail), pytest.raises(Unavailable):
            ada.journeys.verify_code(ada.call(), ADA, code)
    assert [row["used_at"] for row in ada.rows(challenges) if row["purpose"] == "sign_in"] == [None]
    with pytest.raises(AttemptsExhausted):
        ada.journeys.verify_code(ada.call(), ADA, code)


def test_guesses_at_once_are_compared_at_most_five_times(ada: Household):
    compared, guess = [], wrong(ada.code())
    really: Callable[..., bool] = machine.code_proves

    def seen(*arguments: object) -> bool:
        compared.append(arguments[-1])
        return really(*arguments)

    with patch.object(machine, "code_proves", seen):
        ended = all_at_once([lambda: ada.journeys.verify_code(ada.call(), ADA, guess)] * 30)
    assert len(compared) == 5
    assert sorted(type(one).__name__ for one in ended) == ["AttemptsExhausted"] * 25 + ["ProofRejected"] * 5
    assert [row["attempts"] for row in ada.rows(challenge_budgets)] == [30]


def test_first_guesses_at_once_open_one_window(household: Household):
    all_at_once([lambda: household.journeys.verify_code(household.call(), "new@example.com", "000000")] * 8)
    assert [row["attempts"] for row in household.rows(challenge_budgets)] == [8]


def _fail() -> None:
    raise Unavailable("the test pulled the plug")
