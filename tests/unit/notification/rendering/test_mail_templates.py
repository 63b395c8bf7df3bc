"""Templates name only what there is, also in branches that no sample reaches."""

from typing import Any

import pytest
from jinja2 import PackageLoader, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import LoopContext

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import CONTEXTS, Context
from identity_service.notification.rendering.languages import Language
from identity_service.notification.rendering.renderer import template_environment

PACKAGE = PackageLoader("templates", "email")
ENVIRONMENT = template_environment(PACKAGE)
IN_EVERY_SUBJECT = {"brand", "language", "_"}
IN_EVERY_BODY = IN_EVERY_SUBJECT | {"subject", "unsubscribe_url"}
OWNERS: dict[str, Any] = {
    "brand": Brand.sample(),
    "language": Language.english(),
    "loop": LoopContext,
    "parts": ENVIRONMENT.get_template("_parts.html").module,
}
"""All that something is taken out of, by name."""


def _known(template: str) -> set[str]:
    """What the template may name: a layout only what every kind has, a part nothing but what is handed in."""
    folder, _, file = template.rpartition("/")
    if file == "subject.txt":
        return IN_EVERY_SUBJECT | CONTEXTS[Kind(folder)].sample().for_subject().keys()
    if folder:
        return IN_EVERY_BODY | set(CONTEXTS[Kind(folder)].names()) | ({"parts"} if file == "mail.html" else set())
    own = {"_parts.html": set[str](), "_override.html": {"base", "body"}, "_override.txt": {"base", "body"}}
    return own.get(file, IN_EVERY_BODY | set(Context.names()))


def _unknown(template: str, tree: nodes.Template) -> set[str]:
    """What the template names though it is not there."""
    taken = {(_name(node.node), node.attr) for node in tree.find_all(nodes.Getattr)}
    missing = {f"{owner}.{name}" for owner, name in taken if owner not in OWNERS or not hasattr(OWNERS[owner], name)}
    return missing | (find_undeclared_variables(tree) - _known(template))


def _name(node: nodes.Node) -> str:
    return node.name if isinstance(node, nodes.Name) else type(node).__name__


def _parsed(template: str, more: str = "") -> nodes.Template:
    source, _, _ = PACKAGE.get_source(ENVIRONMENT, template)
    return ENVIRONMENT.parse(source + more)


@pytest.mark.parametrize("template", ENVIRONMENT.list_templates())
def test_a_template_names_only_what_there_is(template: str) -> None:
    tree = _parsed(template)
    assert _unknown(template, tree) == set()
    assert not list(tree.find_all(nodes.Getitem)), "values are taken out by name, so that it can be looked up here"


@pytest.mark.parametrize(
    ("template", "more", "unknown"),
    [
        ("_parts.html", "{% macro more() %}{% if false %}{{ subject }}{% endif %}{% endmacro %}", "subject"),
        ("_override.html", "{{ message }}", "message"),
        ("_layout.txt", "{{ code }}", "code"),
        ("_media.css", "{{ nothing }}", "nothing"),
        ("welcome/mail.txt", "{{ parts }}", "parts"),
        ("welcome/mail.html", "{{ code }}", "code"),
        ("welcome/subject.txt", "{{ given_name }}", "given_name"),
        ("_layout.html", "{% if false %}{{ brand.nothing_there }}{% endif %}", "brand.nothing_there"),
        ("welcome/mail.html", "{{ parts.nothing_there() }}", "parts.nothing_there"),
        ("welcome/mail.html", "{{ given_name.nothing_there }}", "given_name.nothing_there"),
    ],
)
def test_what_is_not_there_is_found_in_every_file(template: str, more: str, unknown: str) -> None:
    assert _unknown(template, _parsed(template, more)) == {unknown}
