"""docs/users.md works as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pool, json_format, message_factory

from tests.services.household import Household
from tests.services.served import served

TEXT = (Path(__file__).parents[2] / "docs" / "users.md").read_text()
CALLS = re.findall(r"^rpc ([\w.]+)/(\w+) '(.+)'$", TEXT, re.MULTILINE)


def person(number: int) -> dict[str, Any]:
    names = {"first_name": "Ada", "last_name": "", "password": ""}
    return {"id": number, "email": f"{number}@example.com", "email_verified": number != 7, **names}


def test_its_import_maps_the_ids_of_there_to_those_of_here(household: Household, capsys: pytest.CaptureFixture[str]):
    (code,) = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    with served(household) as client:
        ids = names["import_users"](client._channel, map(person, range(501)))
    assert "row 7: email_verified: EMAIL_NOT_VERIFIED" in capsys.readouterr().out
    assert (len(ids), ids[7]) == (501, "")
    found = household.journeys.user_accounts.get_by_email("default", "500@example.com")
    assert (ids[500], found.external_reference) == (str(found.id), "500")


@pytest.mark.parametrize(("service", "rpc", "request_text"), CALLS, ids=lambda part: part if "." not in part else "")
def test_its_calls_are_calls_of_the_contract(service: str, rpc: str, request_text: str):
    method = descriptor_pool.Default().FindServiceByName(service).methods_by_name[rpc]
    json_format.Parse(request_text, message_factory.GetMessageClass(method.input_type)())
