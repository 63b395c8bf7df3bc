"""Whether an operator's template makes a mail of use: tried with sample values nobody could have written into it."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from jinja2 import TemplateError

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import CONTEXTS, AnyContext, Notice
from identity_service.notification.rendering.contexts.context import sample_link
from identity_service.notification.rendering.overrides.markup import Fragment, MarkupRefused
from identity_service.notification.rendering.overrides.refusal import TemplateRefused
from identity_service.notification.rendering.overrides.source import Override, RenderedTooLong

LONGEST_SUBJECT = 250
"""Characters of a rendered subject."""


class AnyData(dict[str, Any]):
    """Stands for a notice's data while a template is tried: it has every value."""

    def __missing__(self, name: str) -> str:
        return "https://example.com/sample"


def sample_of(kind: Kind) -> AnyContext:
    """The kind's sample, with data of every name."""
    sample = CONTEXTS[kind].sample()
    return replace(sample, data=AnyData()) if isinstance(sample, Notice) else sample


def check(kind: Kind, override: Override, surroundings: Mapping[str, Any]) -> None:
    """Render it with everything that can be there, and with the least. Raises `TemplateRefused`."""
    for context in _trials(kind):
        _check_subject(override, {**surroundings, **context.for_subject()})
        text = _rendered(override, "text", context, surroundings)
        shown = _markup(_rendered(override, "html", context, surroundings), context)
        for name in context.must_show:
            _check_shown(name, vars(context)[name], shown, text)


def _trials(kind: Kind) -> Iterator[AnyContext]:
    """A full context and a bare one, with a code, a link and a name that nobody can have written down."""
    unknown = {
        "code": f"{secrets.randbelow(10**6):06}",
        "link": sample_link("sample") + secrets.token_hex(8),
        "message": f"{secrets.token_hex(8)}\n\n{secrets.token_hex(8)}\n{secrets.token_hex(8)}",
    }
    sample: Any = sample_of(kind)
    names = {field.name for field in fields(sample)}
    full = replace(sample, **{name: value for name, value in unknown.items() if name in names})
    yield replace(full, given_name="Q" + "".join(secrets.choice("abcdefgh") for _ in range(16)))
    bare = {"given_name": "", "inviter_name": "", "ip_address": None}
    yield replace(full, **{name: value for name, value in bare.items() if name in names})


def _check_subject(override: Override, variables: Mapping[str, Any]) -> None:
    try:
        subject = override.subject.render(variables)
    except TemplateError as error:
        raise TemplateRefused("subject", f"cannot be rendered: {error.message}") from None
    if not subject.strip() or len(subject) > LONGEST_SUBJECT:
        raise TemplateRefused("subject", f"must come to 1 to {LONGEST_SUBJECT} characters")


def _rendered(override: Override, field: str, context: AnyContext, surroundings: Mapping[str, Any]) -> str:
    try:
        return override.body(field, {**vars(context), **surroundings})
    except TemplateError as error:
        raise TemplateRefused(field, f"cannot be rendered: {error.message}") from None
    except RenderedTooLong as error:
        raise TemplateRefused(field, str(error)) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise TemplateRefused(field, f"cannot be rendered: {type(error).__name__}") from None


def _markup(html: str, context: AnyContext) -> Fragment:
    try:
        shown = Fragment(html)
    except MarkupRefused as refusal:
        raise TemplateRefused("html", str(refusal)) from None
    if context.given_name and any(context.given_name in value for value in shown.values):
        raise TemplateRefused("html", "may show `given_name` as text, but not within an attribute")
    return shown


def _check_shown(name: str, value: str, shown: Fragment, text: str) -> None:
    lines = value.split()
    in_html = value in shown.links if name == "link" else all(line in shown.text for line in lines)
    if not in_html:
        raise TemplateRefused("html", f"must show `{name}`" + (" as a link" if name == "link" else ""))
    if not all(line in text for line in lines):
        raise TemplateRefused("text", f"must show `{name}`")
