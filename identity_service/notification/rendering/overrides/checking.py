"""Whether an operator's template makes a mail of use: tried with sample values nobody could have written into it."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from jinja2 import TemplateError

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import CONTEXTS, AnyContext, Notice
from identity_service.notification.rendering.contexts.context import sample_link
from identity_service.notification.rendering.overrides.limits import LARGEST_ARGUMENT
from identity_service.notification.rendering.overrides.markup import Fragment, MarkupRefused
from identity_service.notification.rendering.overrides.refusal import TemplateRefused
from identity_service.notification.rendering.overrides.required import require_shown
from identity_service.notification.rendering.overrides.source import Override, RenderedTooLong


class _Empty(str):
    """Can be shown wherever a text can, and is nothing to whoever asks."""

    def __bool__(self) -> bool:
        return False


class AnyData(dict[str, Any]):
    """Stands for a notice's data while a template is tried: under every name it has the same value."""

    def __init__(self, value: str = "https://example.com/sample") -> None:
        super().__init__()
        self._value = value

    def __missing__(self, name: str) -> str:
        return self._value


def with_any_data(sample: AnyContext) -> AnyContext:
    """The sample, with data of every name."""
    return replace(sample, data=AnyData()) if isinstance(sample, Notice) else sample


def check(kind: Kind, override: Override, surroundings: Mapping[str, Any]) -> None:
    """Render it with everything that can be there, and with the least. Raises `TemplateRefused`."""
    for context in _trials(kind):
        variables = {**vars(context), **surroundings}
        _tried("subject", override.subject_line, {**surroundings, **context.for_subject()})
        text = _tried("text", override.body, "text", variables)
        shown = _markup(_tried("html", override.body, "html", variables), context)
        require_shown(context, shown, text)


def _trials(kind: Kind) -> Iterator[AnyContext]:
    """A full context and a bare one, with values that nobody can have written down and no filter leaves as they are."""
    unknown = {
        "code": f"{secrets.randbelow(10**6):06}",
        "link": sample_link("sample") + _long_word(),
        "message": f"{_long_word()}\n\n{_long_word()}\n{_long_word()}",
    }
    sample: Any = with_any_data(CONTEXTS[kind].sample())
    names = {field.name for field in fields(sample)}
    full = replace(sample, **{name: value for name, value in unknown.items() if name in names})
    yield replace(full, given_name="Q" + "".join(secrets.choice("abcdefgh") for _ in range(16)))
    bare = {"given_name": "", "inviter_name": "", "ip_address": None, "data": AnyData(_Empty("https://example.com/"))}
    yield replace(full, **{name: value for name, value in bare.items() if name in names})


def _long_word() -> str:
    """Letters of either case, and more of them than `truncate` can be told to leave."""
    return secrets.token_urlsafe(2 * LARGEST_ARGUMENT)


def _tried(field: str, render: Callable[..., str], *given: Any) -> str:
    try:
        return render(*given)
    except TemplateRefused:
        raise
    except TemplateError as error:
        raise TemplateRefused(field, f"cannot be rendered: {error.message}") from None
    except RenderedTooLong as error:
        raise TemplateRefused(field, str(error)) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError, AssertionError) as error:
        raise TemplateRefused(field, f"cannot be rendered: {type(error).__name__}") from None


def _markup(html: str, context: AnyContext) -> Fragment:
    try:
        shown = Fragment(html)
    except MarkupRefused as refusal:
        raise TemplateRefused("html", str(refusal)) from None
    if context.given_name and any(context.given_name in value for value in shown.values):
        raise TemplateRefused("html", "may show `given_name` as text, but not within an attribute")
    return shown
