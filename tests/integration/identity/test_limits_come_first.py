"""A call over its limit is refused before anything is looked up, and told when to come back."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from identity_service.identity.limits import Rule
from tests.services.costs import Meter
from tests.services.household import Household
from tests.services.scenes import SCENES
from tests.services.served import served
from tests.services.service import reason
from tests.services.somebody import Somebody
from tests.services.statements import counted

ONE_EACH = {f"IDENTITY_LIMIT_{rule.upper()}": "1/1h" for rule in Rule}
LIMITED = (
    "RegisterUser",
    "VerifyEmail, by code",
    "ResendEmailVerification",
    "StartPasswordReset",
    "ResendPasswordReset",
    "ConfirmPasswordReset, by code",
    "ChangePassword",
    "DeleteAccount",
    "StartEmailChange",
    "ConfirmEmailChange, by code",
    "InviteUser",
    "SignIn",
    "RequestOtp",
    "VerifyOtp",
)


@pytest.fixture
def limited(household: Household) -> Iterator[Household]:
    """Another process on the same database, which grants everything once."""
    with household.restarted(IDENTITY_RATE_LIMITS="on", **ONE_EACH) as limited:
        limited.core.tenants.get("default")
        yield limited


def seconds_to_wait(error: grpc.RpcError) -> int:
    info = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(info) for detail in rpc_status.from_call(error).details)
    return info.retry_delay.seconds


@pytest.mark.parametrize("name", LIMITED)
def test_a_call_over_its_limit_reads_nothing_and_says_when_to_come_back(
    household: Household, limited: Household, name: str
):
    with served(limited) as client:
        fields: Any = SCENES[name](Somebody(Meter(household, client.channel)))
        call = Meter(limited, client.channel).call(name.partition(",")[0], **fields)
        call()
        with counted(limited.core.database) as statements, pytest.raises(grpc.RpcError) as refused:
            call()
    assert (refused.value.code(), reason(refused.value)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    assert 3590 < seconds_to_wait(refused.value) <= 3600
    said = [text for text in statements.texts if text != "SELECT 1"]
    assert [text for text in said if not text.startswith("INSERT INTO audit_events")] == []
    assert len(said) == 1
