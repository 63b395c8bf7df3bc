"""The part of Jinja's language that operators' templates are written in.

The sandbox alone would not do: it keeps templates away from Python's internals, but not from running for hours or from
filling the memory. So a template is read, and refused unless it holds only what is named here. Everything else is
bounded by that: there is no arithmetic, no text is multiplied, and loops run over a message's paragraphs alone.

A given name may be shown or asked for, and nothing else: a mail is rendered once for many recipients (see `prepared`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from jinja2 import nodes

from identity_service.notification.rendering.brand import Brand

PARTS = frozenset({"code", "button", "plain_link", "fact", "paragraph"})
"""The macros of `_parts.html` that may be called."""
_OURS = frozenset({"direction", "duration", "isolate", "moment", "one_line", "paragraphs"})
FILTERS = _OURS | {"capitalize", "default", "e", "escape", "join", "lower", "title", "trim", "truncate", "upper"}
TESTS = frozenset({"defined", "undefined", "none"})
ATTRIBUTES = {
    "brand": frozenset(field.name for field in fields(Brand)),
    "loop": frozenset({"first", "last", "index"}),
}
MOST_NODES = 2_000
MOST_NODES_IN_LOOPS = 100
DEEPEST = 40
LARGEST_ARGUMENT = 1_000
"""The largest number that a filter may be given."""
_LONGEST_ARGUMENT = 200
_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Keyword,
)
_SHOWING = (
    nodes.Template,
    nodes.Output,
    nodes.If,
    nodes.CondExpr,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.For,
    nodes.CallBlock,
)


class NotAllowed(Exception):
    """The template does what none may do."""

    def __init__(self, node: nodes.Node, why: str) -> None:
        super().__init__(f"line {node.lineno}: {why}")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: how deep, in which loops by their variables, whether its value is only shown or tested."""

    depth: int = 0
    loops: tuple[str, ...] = ()
    is_shown: bool = True

    def below(self, node: nodes.Node, *loops: str) -> "_Place":
        shows = isinstance(node, _SHOWING) or (isinstance(node, nodes.Filter) and node.name == "isolate")
        return _Place(self.depth + 1, self.loops + loops, self.is_shown and shows)


class Language:
    """What the templates of one kind may say: `names` are those of its context. Parts are for HTML."""

    def __init__(self, names: frozenset[str], *, has_parts: bool) -> None:
        self._names = names | {"brand"}
        self._has_parts = has_parts

    def check(self, template: nodes.Template) -> None:
        """Raises `NotAllowed`, which names the line."""
        in_loops = 0
        for count, (node, place) in enumerate(self._walk(template, _Place())):
            in_loops += bool(place.loops)
            if count > MOST_NODES or in_loops > MOST_NODES_IN_LOOPS:
                raise NotAllowed(node, "the template is too long from here on")

    def _walk(self, node: nodes.Node, place: _Place) -> Iterator[tuple[nodes.Node, _Place]]:
        yield node, place
        if place.depth > DEEPEST:
            raise NotAllowed(node, "is nested too deeply")
        for child, inner in self._children(node, place):
            yield from self._walk(child, inner)

    def _children(self, node: nodes.Node, place: _Place) -> Iterator[tuple[nodes.Node, _Place]]:
        """What is left to look at below a node that is allowed itself."""
        match node:
            case nodes.Name():
                self._check_name(node, place)
                return
            case nodes.Getattr() | nodes.Getitem():
                self._check_attribute(node, place)
                return
            case nodes.Call():
                self._check_call(node)
                inside: list[nodes.Node] = [*node.args, *node.kwargs]
            case nodes.CallBlock():
                self._check_facts(node)
                inside = list(node.body)
            case nodes.For():
                yield from self._in_loop(node, place)
                return
            case nodes.Filter():
                self._check_filter(node)
                inside = [node.node] if node.node else []
            case nodes.Test():
                _require(node.name in TESTS and not node.args, node, f"the test `{node.name}` is not allowed")
                inside = [node.node]
            case _:
                _require(isinstance(node, _PLAIN), node, f"{_spoken(node)} is not allowed")
                inside = list(node.iter_child_nodes())
        below = place.below(node)
        yield from ((child, below) for child in inside)

    def _check_name(self, node: nodes.Name, place: _Place) -> None:
        known = node.ctx == "load" and (node.name in self._names or node.name in place.loops)
        _require(known, node, f"there is no `{node.name}`; there are {', '.join(sorted(self._names))}")
        is_fit = node.name != "given_name" or place.is_shown
        _require(is_fit, node, "`given_name` may be shown, isolated and tested with `if`, and nothing else")

    def _check_attribute(self, node: nodes.Getattr | nodes.Getitem, place: _Place) -> None:
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        name = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        is_data = owner == "data" and owner in self._names and isinstance(name, str) and not name.startswith("_")
        is_known = name in ATTRIBUTES.get(owner, ()) and (owner != "loop" or bool(place.loops))
        _require(is_data or is_known, node, f"nothing may be taken out of `{owner or _spoken(node.node)}` by that name")

    def _check_call(self, node: nodes.Call) -> None:
        is_part = self._has_parts and _part(node) in PARTS
        _require(is_part and node.dyn_args is None and node.dyn_kwargs is None, node, self._callable())

    def _check_facts(self, node: nodes.CallBlock) -> None:
        is_facts = self._has_parts and _part(node.call) == "facts" and not (node.call.args or node.call.kwargs)
        _require(is_facts and not node.args, node, "only parts.facts() may be called with a block")

    def _callable(self) -> str:
        allowed = ", ".join(f"parts.{name}" for name in sorted(PARTS))
        return f"only {allowed} may be called" if self._has_parts else "nothing may be called"

    def _check_filter(self, node: nodes.Filter) -> None:
        _require(node.node is not None and node.name in FILTERS, node, f"the filter `{node.name}` is not allowed")
        for argument in [*node.args, *(keyword.value for keyword in node.kwargs)]:
            _require(_is_small(argument), node, f"an argument of the filter `{node.name}` is not a small constant")
        _require(node.dyn_args is None and node.dyn_kwargs is None, node, "filters take constants only")

    def _in_loop(self, node: nodes.For, place: _Place) -> Iterator[tuple[nodes.Node, _Place]]:
        """A loop over the paragraphs of a message, or within that over the lines of one."""
        over_lines = isinstance(node.iter, nodes.Name) and place.loops == (node.iter.name,)
        over_message = _is_paragraphs(node.iter) and "message" in self._names and not place.loops
        _require(over_lines or over_message, node, "loops may only run over `message|paragraphs` and its lines")
        _require(isinstance(node.target, nodes.Name) and not node.recursive, node, "loops take one variable")
        target = getattr(node.target, "name", "")
        _require(target not in self._names | {"loop", "parts"}, node, f"`{target}` has a meaning already")
        inside = place.below(node, target)
        yield from ((child, inside) for child in [*node.body, *node.else_, *([node.test] if node.test else [])])


def _require(holds: bool, node: nodes.Node, why: str) -> None:
    if not holds:
        raise NotAllowed(node, why)


def _part(call: nodes.Expr) -> str | None:
    """Which macro of `parts` is called."""
    called = call.node if isinstance(call, nodes.Call) else None
    owned = isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name) and called.node.name == "parts"
    return called.attr if owned and isinstance(called, nodes.Getattr) else None


def _is_paragraphs(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Filter)
        and node.name == "paragraphs"
        and isinstance(node.node, nodes.Name)
        and node.node.name == "message"
    )


def _is_small(argument: nodes.Node) -> bool:
    value = argument.value if isinstance(argument, nodes.Const) else argument
    if isinstance(value, str):
        return len(value) <= _LONGEST_ARGUMENT
    return value is None or (isinstance(value, int) and abs(value) <= LARGEST_ARGUMENT)


def _spoken(node: nodes.Node) -> str:
    return f"`{type(node).__name__.lower()}`"
