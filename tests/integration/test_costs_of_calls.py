"""docs/costs.md, compared with what calls really ask of the database and of Redis."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType

import grpc
import pytest

from tests.services.contract import methods
from tests.services.costs import Cost, Meter, metered
from tests.services.scenes import SCENES
from tests.services.somebody import Somebody

PAGE = Path(__file__).parents[2] / "docs" / "costs.md"
ROW = re.compile(r"^\| (\w+(?:, [^|]+)?) \| ((?:\d+ \| )*\d+) \|$", re.MULTILINE)
BY_WORKERS = {"Delivery"}
"""Rows of what no client calls."""
COLUMNS = MappingProxyType({"postgresql": slice(0, 3), "sqlite": slice(3, 5), "redis": slice(5, 7)})


def table() -> dict[str, list[str]]:
    """The cells of each row, by its name."""
    return {name: numbers.split(" | ") for name, numbers in ROW.findall(PAGE.read_text())}


@pytest.fixture
def meter(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Meter]:
    with metered(database_url, redis_url, tmp_path) as meter:
        yield meter


def act_of(meter: Meter, name: str) -> Callable[[], object]:
    """The call of that row, with all it needs prepared."""
    fields = SCENES[name](Somebody(meter))
    return fields if callable(fields) else meter.call(name.partition(",")[0], **fields)


def measured(meter: Meter, name: str) -> Cost:
    act = act_of(meter, name)
    if not name.endswith("wrong"):
        return meter.measure(act)

    def refused() -> None:
        with pytest.raises(grpc.RpcError):
            act()

    return meter.measure(refused)


def cells(cost: Cost, dialect: str) -> list[str]:
    """What the table says of it, as far as it depends on the database."""
    of_database = cost[:3] if dialect == "postgresql" else cost[:2]
    return [str(number) for number in of_database]


def test_the_table_says_what_calls_cost(meter: Meter):
    dialect, said = meter.household.core.database.dialect, table()
    wrong = {}
    for name in SCENES:
        cost = measured(meter, name)
        of_redis = [str(cost.limits), str(cost.hand_offs)]
        found = (said[name][COLUMNS[dialect]], said[name][COLUMNS["redis"]])
        if found != (cells(cost, dialect), of_redis):
            wrong[name] = cost
    assert wrong == {}


def test_no_rpc_is_missing_from_the_table():
    assert {name.partition(",")[0] for name in table()} - BY_WORKERS == {method.name for method in methods()}


def test_every_row_of_the_table_is_measured():
    assert set(table()) == set(SCENES)
