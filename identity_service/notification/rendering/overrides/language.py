"""The part of Jinja's language that operators' templates are written in.

The sandbox alone would not do: it keeps templates away from Python's internals, but not from running for hours or from
filling the memory. So a template is read, and refused unless it holds only what is named here. What it can cost is
bounded by that: there is no arithmetic, no text is multiplied, and loops run over a message's paragraphs alone and work
on nothing but these. So however it is written, a render goes through a message no more often than the template has
expressions (see `limits`).

A given name may be shown or asked for, and nothing else: a mail is rendered once for many recipients (see `prepared`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from jinja2 import nodes

from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.overrides.limits import DEEPEST, LONGEST_SEPARATOR, Tally, is_small

PARTS = frozenset({"code", "button", "plain_link", "fact", "paragraph"})
"""The macros of `_parts.html` that may be called."""
_OURS = frozenset({"direction", "duration", "isolate", "moment", "one_line"})
FILTERS = _OURS | {"capitalize", "default", "e", "escape", "join", "lower", "title", "trim", "truncate", "upper"}
_LAST = frozenset({"e", "escape", "isolate"})
TESTS = frozenset({"defined", "undefined", "none"})
ATTRIBUTES = {
    "brand": frozenset(field.name for field in fields(Brand)),
    "loop": frozenset({"first", "last", "index"}),
}
_LONG = frozenset({"message", "data"})
_IN_LOOPS = "in a loop use its own variable; other values may only be shown there, and `message` and `data` not at all"
_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
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
    is_in_facts: bool = False

    def below(self, node: nodes.Node, *loops: str) -> "_Place":
        shows = isinstance(node, _SHOWING) or (isinstance(node, nodes.Filter) and node.name == "isolate")
        is_in_facts = self.is_in_facts or isinstance(node, nodes.CallBlock)
        return _Place(self.depth + 1, self.loops + loops, self.is_shown and shows, is_in_facts)

    def may_name(self, name: str) -> bool:
        """In a loop, what is not its own is gone through once for each round: so it is not worked on, nor long."""
        is_own = not self.loops or name == self.loops[-1]
        return is_own or (self.is_shown and name not in _LONG and name not in self.loops)

    def are_lines(self, node: nodes.Node | None) -> bool:
        """Whether that is the variable of a loop over paragraphs."""
        return isinstance(node, nodes.Name) and self.loops == (node.name,)


class Language:
    """What the templates of one kind may say: `names` are those of its context. Parts are for HTML."""

    def __init__(self, names: frozenset[str], *, has_parts: bool) -> None:
        self._names = names | {"brand"}
        self._has_parts = has_parts

    def check(self, template: nodes.Template) -> None:
        """Raises `NotAllowed`, which names the line."""
        tally = Tally()
        for node, place in self._walk(template, _Place()):
            surplus = tally.surplus_with(node, in_loop=bool(place.loops))
            _require(surplus is None, node, f"from here on there are more than {surplus}")

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
                self._check_call(node, place)
                inside: list[nodes.Node] = [*node.args, *node.kwargs]
            case nodes.CallBlock():
                self._check_facts(node)
                inside = list(node.body)
            case nodes.For():
                yield from self._in_loop(node, place)
                return
            case nodes.Filter():
                self._check_filter(node, place)
                inside = [node.node] if node.node else []
            case nodes.Test():
                _require(node.name in TESTS and not node.args, node, f"the test `{node.name}` is not allowed")
                inside = [node.node]
            case nodes.Const():
                is_short = is_small(node) or not place.loops
                _require(is_short, node, "a constant in a loop is not small; write it outside of `{{` and `{%`")
                return
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
        _require(place.may_name(node.name), node, _IN_LOOPS)

    def _check_attribute(self, node: nodes.Getattr | nodes.Getitem, place: _Place) -> None:
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        name = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        is_data = owner == "data" and owner in self._names and isinstance(name, str) and not name.startswith("_")
        is_known = name in ATTRIBUTES.get(owner, ()) and (owner != "loop" or bool(place.loops))
        _require(is_data or is_known, node, f"nothing may be taken out of `{owner or _spoken(node.node)}` by that name")
        _require(owner == "loop" or place.may_name(owner), node, _IN_LOOPS)

    def _check_call(self, node: nodes.Call, place: _Place) -> None:
        is_part = self._has_parts and _part(node) in PARTS
        _require(is_part and node.dyn_args is None and node.dyn_kwargs is None, node, self._callable())
        is_fit = _part(node) != "paragraph" or place.are_lines(next(iter(node.args), None))
        _require(is_fit, node, "parts.paragraph shows the lines that a loop over `message|paragraphs` gives")

    def _check_facts(self, node: nodes.CallBlock) -> None:
        is_facts = self._has_parts and _part(node.call) == "facts" and not (node.call.args or node.call.kwargs)
        _require(is_facts and not node.args, node, "only parts.facts() may be called with a block")

    def _callable(self) -> str:
        allowed = ", ".join(f"parts.{name}" for name in sorted(PARTS))
        return f"only {allowed} may be called" if self._has_parts else "nothing may be called"

    def _check_filter(self, node: nodes.Filter, place: _Place) -> None:
        _require(node.node is not None and node.name in FILTERS, node, f"the filter `{node.name}` is not allowed")
        for argument in [*node.args, *(keyword.value for keyword in node.kwargs)]:
            _require(is_small(argument), node, f"an argument of the filter `{node.name}` is not a small constant")
        _require(node.dyn_args is None and node.dyn_kwargs is None, node, "filters take constants only")
        # Escaped again and again, each character would become many.
        is_fit = _LAST.isdisjoint(each.name for each in node.find_all(nodes.Filter))
        _require(is_fit, node, "no filter may follow `isolate` or `escape`")
        if node.name == "join":
            self._check_join(node, place)

    def _check_join(self, node: nodes.Filter, place: _Place) -> None:
        """Joined again and again, each character of a text would become many."""
        is_list = place.are_lines(node.node) or isinstance(node.node, nodes.Getattr | nodes.Getitem)
        _require(is_list, node, "`join` takes the lines of a paragraph or a value of `data`, directly")
        is_short = (
            not node.kwargs and all(is_small(each, LONGEST_SEPARATOR) for each in node.args) and len(node.args) < 2
        )
        _require(is_short, node, f"`join` takes one separator of at most {LONGEST_SEPARATOR} characters")

    def _in_loop(self, node: nodes.For, place: _Place) -> Iterator[tuple[nodes.Node, _Place]]:
        """A loop over the paragraphs of a message, or within that over the lines of one."""
        over_lines = place.are_lines(node.iter)
        over_message = _is_paragraphs(node.iter) and "message" in self._names and not place.loops
        _require(over_lines or over_message, node, "loops may only run over `message|paragraphs` and its lines")
        _require(isinstance(node.target, nodes.Name) and not node.recursive, node, "loops take one variable")
        _require(not place.is_in_facts, node, "no loop may stand within parts.facts()")
        target = getattr(node.target, "name", "")
        _require(target not in self._names | {"loop", "parts"}, node, f"`{target}` has a meaning already")
        yield from ((name, place) for name in node.iter.find_all(nodes.Name) if over_message)
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


def _spoken(node: nodes.Node) -> str:
    return f"`{type(node).__name__.lower()}`"
