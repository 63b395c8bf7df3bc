"""The import of docs/users.md works as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.services.household import Household
from tests.services.served import served

TEXT = (Path(__file__).parents[2] / "docs" / "users.md").read_text()


def person(number: int) -> dict[str, Any]:
    names = {"first_name": "Ada", "last_name": "", "password": ""}
    return {"id": number, "email": f"{number}@example.com", "email_verified": number != 7, **names}


def test_its_import_maps_the_ids_of_there_to_those_of_here(household: Household, capsys: pytest.CaptureFixture[str]):
    (code,) = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    with served(household) as client:
        ids = names["import_users"](client.channel, map(person, range(501)))
    assert "row 7: email_verified: EMAIL_NOT_VERIFIED" in capsys.readouterr().out
    assert (len(ids), ids[7]) == (501, "")
    found = household.journeys.user_accounts.get_by_email("default", "500@example.com")
    assert (ids[500], found.external_reference) == (str(found.id), "500")
