"""An operator's template: as it was written, and ready to be rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, Template, TemplateSyntaxError, nodes

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import CONTEXTS
from identity_service.notification.rendering.filters import one_line
from identity_service.notification.rendering.overrides.language import Language, NotAllowed
from identity_service.notification.rendering.overrides.refusal import TemplateRefused

LONGEST_SUBJECT = 250
"""Characters of a rendered subject."""
LONGEST_RENDERED = 256 * 1024
"""Characters of the HTML or the text that a template may make; mail programs show no more than a part of that."""


class RenderedTooLong(ValueError):
    """The template makes more than any mail may hold."""


@dataclass(frozen=True, slots=True)
class OverrideSource:
    """What an operator wrote. HTML and text take the place of what the layout's card holds."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Override:
    """A template of an operator's, compiled. `name` says in logs which it is."""

    name: str
    subject: Template = field(repr=False)
    html: Template = field(repr=False)
    text: Template = field(repr=False)

    def subject_line(self, variables: Mapping[str, Any]) -> str:
        """Raises `TemplateRefused` where it comes to nothing or to too much, and `jinja2.TemplateError` as a body."""
        line = one_line(self.subject.render(variables))
        if not line or len(line) > LONGEST_SUBJECT:
            raise TemplateRefused("subject", f"must come to 1 to {LONGEST_SUBJECT} characters")
        return line

    def body(self, field: str, variables: Mapping[str, Any]) -> str:
        """The `html`, which is escaped, or the `text`. Raises `RenderedTooLong`, and `jinja2.TemplateError` where a
        value is missing."""
        return bounded(self.html if field == "html" else self.text, variables)


def compiled(environment: Environment, kind: Kind, source: OverrideSource, name: str = "preview") -> Override:
    """Read and compile a template. Raises `TemplateRefused`."""
    context = CONTEXTS[kind]
    for_subject, in_body = Language(context.subject_names, has_parts=False), frozenset(context.names())
    parts = {"parts": environment.get_template("_parts.html").module}
    return Override(
        name,
        subject=_compiled(environment, "subject", source.subject, for_subject, {}),
        html=_compiled(environment, "html", source.html, Language(in_body, has_parts=True), parts),
        text=_compiled(environment, "text", source.text, Language(in_body, has_parts=False), {}),
    )


def bounded(template: Template, variables: Mapping[str, Any]) -> str:
    """What the template makes, as long as it is not too much."""
    pieces, size = [], 0
    for piece in template.generate(variables):
        size += len(piece)
        if size > LONGEST_RENDERED:
            raise RenderedTooLong(f"makes more than {LONGEST_RENDERED} characters")
        pieces.append(piece)
    return "".join(pieces)


def _compiled(
    environment: Environment, field: str, source: str, language: Language, globals_: dict[str, Any]
) -> Template:
    # The name's ending decides whether values are escaped.
    name = "override.html" if field == "html" else "override.txt"
    try:
        tree: nodes.Template = environment.parse(source, name)
        language.check(tree)
        code = environment.compile(tree, name)
    except NotAllowed as refusal:
        raise TemplateRefused(field, str(refusal)) from None
    except TemplateSyntaxError as error:
        raise TemplateRefused(field, f"line {error.lineno}: {error.message}") from None
    except (RecursionError, SyntaxError, ValueError, MemoryError, OverflowError):
        raise TemplateRefused(field, "cannot be compiled: it is too deep or holds too large a number") from None
    return Template.from_code(environment, code, environment.make_globals(globals_))
