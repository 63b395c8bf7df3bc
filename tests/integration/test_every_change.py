"""What holds for every RPC that changes something, tried on all that the descriptors know of."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest

from identity_service.storage.tables import audit_events, metadata, notifications
from tests.services.at_once import all_at_once
from tests.services.contract import methods
from tests.services.costs import METHODS, Meter
from tests.services.household import Household
from tests.services.scenes import SCENES
from tests.services.served import served
from tests.services.service import reason
from tests.services.somebody import Somebody

CHANGES = [method.name for method in methods() if "request_id" in method.input_type.fields_by_name]
REPEATABLE = [rpc for rpc in CHANGES if rpc != "RefreshSession"]
"""Those whose `request_id` is looked at: a refresh is repeated by its token."""
ANONYMOUS = ("DeleteAccount", "DeleteUser")
"""Those whose event must hold nothing of the person, not even an IP address."""
CREDENTIALS = ("secret", "tokens")
"""Fields of answers that are never kept, so that a repeated call is refused."""
Rows = dict[str, list[Any]]


@pytest.fixture
def meter(household: Household) -> Iterator[Meter]:
    with served(household) as client:
        yield Meter(household, client.channel)


def fields_of(meter: Meter, rpc: str, locale: str = "en") -> dict[str, Any]:
    """What the call is to say, with all it needs prepared by somebody who speaks that language."""
    fields = SCENES[rpc](Somebody(meter, locale))
    assert not callable(fields)
    return dict(fields)


def answered(act: Callable[[], Any]) -> Any:
    """The answer; or the reason for which there is none."""
    try:
        return act()
    except grpc.RpcError as error:
        return reason(error) or error.code()


def all_rows(household: Household) -> Rows:
    return {table.name: sorted(household.rows(table), key=str) for table in metadata.sorted_tables}


def ids(household: Household, table: Any) -> set[UUID]:
    return {row["id"] for row in household.rows(table)}


def is_kept(rpc: str) -> bool:
    return not any(name in METHODS[rpc].output_type.fields_by_name for name in CREDENTIALS)


def test_every_rpc_that_changes_something_is_tried():
    assert set(CHANGES) <= set(SCENES)


def test_every_change_is_in_the_audit_trail(meter: Meter):
    household, wrong = meter.household, {}
    for rpc in CHANGES:
        act, before = meter.call(rpc, **fields_of(meter, rpc)), ids(household, audit_events)
        act()
        new = [row for row in household.rows(audit_events) if row["id"] not in before]
        said = {(row["outcome"], row["actor"], row["ip_address"]) for row in new}
        if said != {("succeeded", "local", None if rpc in ANONYMOUS else "192.0.2.7")}:
            wrong[rpc] = new
    assert wrong == {}


def test_every_repeated_call_gets_the_first_answer_and_changes_nothing(meter: Meter):
    wrong = {}
    for rpc in REPEATABLE:
        act = meter.call(rpc, **fields_of(meter, rpc), request_id=str(uuid4()))
        first, before = act(), all_rows(meter.household)
        again, after = answered(act), all_rows(meter.household)
        if again != (first if is_kept(rpc) else "REQUEST_ID_REUSED") or after != before:
            wrong[rpc] = (first, again, {name for name, rows in after.items() if rows != before[name]})
    assert wrong == {}


def test_every_call_made_three_times_at_once_takes_effect_once(meter: Meter):
    household, wrong = meter.household, {}
    for rpc in REPEATABLE:
        act = meter.call(rpc, **fields_of(meter, rpc), request_id=str(uuid4()))
        events, mails = ids(household, audit_events), ids(household, notifications)
        answers = all_at_once([lambda act=act: answered(act)] * 3)  # type: ignore[misc]
        new = [row for row in household.rows(audit_events) if row["id"] not in events]
        most = max(Counter((row["event"], row["outcome"]) for row in new).values())
        sent = len(ids(household, notifications) - mails)
        if not agree(rpc, answers) or {row["outcome"] for row in new} != {"succeeded"} or most > 1 or sent > 1:
            wrong[rpc] = (answers, new, sent)
    assert wrong == {}


def agree(rpc: str, answers: list[Any]) -> bool:
    """Whether one effect is all that they tell of."""
    given = [answer for answer in answers if not isinstance(answer, str)]
    if is_kept(rpc):
        return len(given) == len(answers) and all(answer == given[0] for answer in given)
    refused = {answer for answer in answers if isinstance(answer, str)}
    return len(given) == 1 and refused == {"REQUEST_ID_REUSED"}


def test_no_request_id_covers_another_request(meter: Meter):
    wrong = {}
    for rpc in REPEATABLE:
        some, other = (fields_of(meter, rpc) for _ in range(2))
        request_id = str(uuid4())
        meter.call(rpc, **some, request_id=request_id)()
        found = answered(meter.call(rpc, **other, request_id=request_id))
        if some != other and found != "REQUEST_ID_REUSED":
            wrong[rpc] = found
    assert wrong == {}


def test_every_mail_that_a_call_sends_is_named_in_its_answer(meter: Meter):
    household, wrong = meter.household, {}
    for rpc in CHANGES:
        act = meter.call(rpc, **fields_of(meter, rpc))
        household.take_messages()
        answer = str(act())
        unnamed = [some_id for _, some_id in household.handed_off() if str(some_id) not in answer]
        if unnamed:
            wrong[rpc] = answer
    assert wrong == {}


def test_every_mail_to_somebody_known_is_in_their_language(meter: Meter):
    household, found = meter.household, {}
    for rpc in set(CHANGES) - {"RegisterUser"}:
        act = meter.call(rpc, **fields_of(meter, rpc, "ar"))
        before = ids(household, notifications)
        act()
        new = {row["locale"] for row in household.rows(notifications) if row["id"] not in before}
        if new - {"ar"}:
            found[rpc] = new
    assert found == {}
