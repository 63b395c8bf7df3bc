"""What the README shows of sessions, pasted into a program that has a connection."""

import re
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.rpc.fakes import reason_of
from tests.services.household import PASSWORD, Household
from tests.services.served import served

README = Path(__file__).parents[2] / "README.md"
SECTION = re.compile(r"^### Signing in.*?```python\n(?P<code>.*?)```", re.DOTALL | re.MULTILINE)
ADA, IP = "ada@example.com", "203.0.113.5"


def test_somebody_signs_in_and_out_as_the_readme_shows(household: Household):
    found = SECTION.search(README.read_text())
    assert found is not None
    household.register(ADA)
    with served(household) as client:
        pasted: dict[str, Any] = {"accounts": client.accounts, "sessions": client.sessions}
        exec(found["code"], pasted)
        pasted["send_verification_again"](ADA, IP)
        household.post()
        user = household.journeys.verify_email(household.call(), household.letters(ADA)[-1].link).user

        first, second = (pasted["sign_in"](ADA, PASSWORD, IP, "Firefox") for _ in range(2))
        assert pasted["signed_in_user_id"](pasted["refresh"](first.refresh_token).access_token) == str(user.id)
        newest, oldest = pasted["devices"](str(user.id))
        assert (newest.ip_address, newest.user_agent) == (IP, "Firefox")
        pasted["sign_out"](str(user.id), newest.session_id)
        with pytest.raises(grpc.RpcError) as refused:
            pasted["refresh"](second.refresh_token)
        assert reason_of(refused.value) == "REFRESH_TOKEN_INVALID"
        pasted["sign_in"](ADA, PASSWORD, IP, "Chrome")
        assert pasted["sign_out_everywhere_else"](str(user.id), oldest.session_id) == 1
