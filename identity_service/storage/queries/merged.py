"""Pages out of several ranges of one index, each of which is sorted already."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Table, select, union_all


def newest(table: Table, branches: Sequence[Select[Any]], size: int) -> Select[Any]:
    """The `size` newest rows of disjoint `branches`, which select the same columns of `table`, its `id` among them.

    Each branch is read from its newest row on, and no further than a page: one query over `IN (…)` would have to
    collect and sort all that there is.
    """
    ranges = [branch.order_by(table.c.id.desc()).limit(size) for branch in branches]
    if len(ranges) == 1:
        return ranges[0]
    together = union_all(*(select(one.subquery()) for one in ranges)).subquery()
    return select(together).order_by(together.c.id.desc()).limit(size)
