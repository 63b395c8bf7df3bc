"""Whether an element hides what it holds: by the attributes and styles that mail programs commonly obey."""

import re
from collections.abc import Mapping

_HIDING = {
    "display": re.compile("none"),
    "mso-hide": re.compile("all"),
    "opacity": re.compile(r"[0.]+%?"),
    "visibility": re.compile("hidden|collapse"),
    "font-size": re.compile(r"[0.]+([a-z]+|%)?"),
}
_SET_ANEW = frozenset({"visibility", "font-size"})
"""What an element inherits unless it sets it itself."""
_OUR_HIDING_CLASS = "preheader"


def hiding(around: frozenset[str], attributes: Mapping[str, str]) -> frozenset[str]:
    """What hides the content of an element within `around`, which hides its parent's; empty: it can be seen."""
    own = _declared(attributes.get("style", ""))
    by_style = {name for name, value in own.items() if _HIDING[name].fullmatch(value)}
    by_attribute = {"hidden"} & attributes.keys()
    by_class = {_OUR_HIDING_CLASS} & set(attributes.get("class", "").split())
    return (around - (_SET_ANEW & own.keys())) | by_style | by_attribute | by_class


def _declared(style: str) -> Mapping[str, str]:
    """The declarations that could hide something, without blanks and case."""
    declarations = ("".join(each.lower().split()).partition(":") for each in style.split(";"))
    return {name: value.removesuffix("!important") for name, _, value in declarations if name in _HIDING}
