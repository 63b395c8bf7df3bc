"""How much an operator's template may hold, so that rendering it takes a bounded time and memory.

A message has up to 20,000 characters. Outside of loops an expression goes through it once; in loops all rounds together
do. Filters alone take long on what is long, so that there are fewer of them.
"""

from collections import Counter
from collections.abc import Iterator

from jinja2 import nodes

MOST_NODES = 2_000
MOST_NODES_IN_LOOPS = 100
MOST_FILTERS = 200
MOST_MESSAGES = 20
"""How often `message` may be named, `message|paragraphs` of loops included."""
DEEPEST = 40
LONGEST_SEPARATOR = 20
LARGEST_ARGUMENT = 1_000
"""The largest number that a filter may be given."""
_LONGEST_ARGUMENT = 200
_MOST = {
    "expressions": MOST_NODES,
    "expressions in loops": MOST_NODES_IN_LOOPS,
    "filters": MOST_FILTERS,
    "uses of `message`": MOST_MESSAGES,
}


class Tally:
    """Counts what a template holds."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()

    def surplus_with(self, node: nodes.Node, *, in_loop: bool) -> str | None:
        """Count one more; tells the limit that it exceeds."""
        self._counted.update(_sorts(node, in_loop=in_loop))
        return next((f"{most} {sort}" for sort, most in _MOST.items() if self._counted[sort] > most), None)


def is_small(constant: nodes.Node, longest: int = _LONGEST_ARGUMENT) -> bool:
    """Whether that is a short text or a small number, written out."""
    value = constant.value if isinstance(constant, nodes.Const) else constant
    if isinstance(value, str):
        return len(value) <= longest
    return value is None or (isinstance(value, int) and abs(value) <= LARGEST_ARGUMENT)


def _sorts(node: nodes.Node, *, in_loop: bool) -> Iterator[str]:
    yield "expressions"
    if in_loop:
        yield "expressions in loops"
    if isinstance(node, nodes.Filter):
        yield "filters"
    if isinstance(node, nodes.Name) and node.name == "message":
        yield "uses of `message`"
