"""How many round trips a call costs. More than these need a reason; fewer are welcome, and then these come down."""

from collections.abc import Callable

import pytest

from identity_service.identity.errors import ProofRejected
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted

ADA = "ada@example.com"
CALLS = ["RegisterUser", "VerifyEmail", "RequestOtp", "VerifyOtp", "VerifyOtp, wrong", "RefreshSession", "SignIn"]
MOST = {
    "postgresql": dict(zip(CALLS, [(2, 0), (6, 1), (2, 0), (2, 0), (2, 0), (2, 1), (2, 0)], strict=True)),
    "sqlite": dict(zip(CALLS, [(5, 1), (7, 1), (4, 1), (5, 1), (3, 0), (2, 1), (3, 1)], strict=True)),
}
"""Statements, and transactions with a BEGIN and a COMMIT beside them."""


def prepared(household: Household, name: str) -> Callable[[], object]:
    """That call, with all it needs."""
    journeys, call = household.journeys, household.call()
    if name == "RegisterUser":
        return lambda: household.register(ADA)
    if name == "VerifyEmail":
        link = household.letter(household.register(ADA).notification_id).link
        return lambda: journeys.verify_email(call, link)
    household.user(ADA)
    if name == "RequestOtp":
        return lambda: journeys.request_code(call, ADA)
    if name == "SignIn":
        return lambda: journeys.sign_in(call, ADA, PASSWORD)
    if name == "RefreshSession":
        token = household.sign_in(ADA).tokens.refresh_token
        return lambda: journeys.refresh_session(call, token)
    code = household.code(ADA)
    return lambda: journeys.verify_code(call, ADA, "000000" if name.endswith("wrong") else code)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_costs_no_more_round_trips_than_it_should(household: Household, name: str):
    act = prepared(household, name)
    household.core.tenants.get("default")  # a process asks once in some seconds, not at each call
    with counted(household.core.database) as statements:
        try:
            act()
        except ProofRejected:
            assert name.endswith("wrong")
    statements_at_most, transactions_at_most = MOST[household.core.database.dialect][name]
    assert len(statements.texts) <= statements_at_most, statements.shapes
    assert statements.transactions <= transactions_at_most, str(statements)
