"""Turns a kind, a language and a context into a subject, an HTML page and a plain text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Self

from css_inline import CSSInliner
from jinja2 import BaseLoader, PackageLoader, StrictUndefined, Template, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering import filters
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import CONTEXTS, AnyContext
from identity_service.notification.rendering.languages import Languages
from identity_service.notification.rendering.overrides.checking import check
from identity_service.notification.rendering.overrides.markup import Fragment
from identity_service.notification.rendering.overrides.required import require_shown
from identity_service.notification.rendering.overrides.source import Override, OverrideSource, compiled
from identity_service.notification.rendering.prepared import PreparedMail
from identity_service.notification.rendering.rendered import RenderedMail

_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class _Templates:
    subject: Template
    html: Template
    text: Template


@dataclass(frozen=True, slots=True)
class _Frames:
    """What puts an override into the templates of its kind."""

    html: Template
    text: Template


class Renderer:
    """Renders mails. Built once and shared by threads: compiling its templates takes a while."""

    def __init__(self, loader: BaseLoader, languages: Languages) -> None:
        self._environment = template_environment(loader)
        self._templates = {kind: _compiled(self._environment, kind) for kind in Kind}
        self._frames = _frames(self._environment)
        self._languages = languages
        self._inliner = CSSInliner(load_remote_stylesheets=False)

    @classmethod
    def from_package(cls) -> Self:
        """The renderer for the templates and translations that come with the service."""
        return cls(PackageLoader("templates", "email"), Languages.load(files("templates") / "locale"))

    @property
    def languages(self) -> Sequence[str]:
        """The BCP 47 tags of the languages that mails are written in."""
        return sorted(language.tag for language in self._languages)

    def language_of(self, locale: str) -> str:
        """The tag of the language nearest to `locale`."""
        return self._languages.negotiate(locale).tag

    def sample(self, kind: Kind, locale: str) -> AnyContext:
        """The kind's sample, its words in the language nearest to `locale`."""
        return CONTEXTS[kind].sample().translated(self._languages.negotiate(locale).messages.gettext)

    def render(
        self,
        kind: Kind,
        locale: str,
        context: AnyContext,
        brand: Brand,
        unsubscribe_url: str | None = None,
        override: Override | None = None,
    ) -> RenderedMail:
        """Render one mail in the language nearest to `locale`, a BCP 47 tag; its footer links to `unsubscribe_url`.

        Raises TypeError if the context belongs to another kind, `jinja2.TemplateError` if a template fails, and for an
        override `TemplateRefused` or `MarkupRefused` if its mail would be of no use.
        """
        if not isinstance(context, CONTEXTS[kind]):
            raise TypeError(f"{kind} needs {CONTEXTS[kind].__name__}, got {type(context).__name__}")
        language, templates = self._languages.negotiate(locale), self._templates[kind]
        surroundings = {"brand": brand, "language": language, "unsubscribe_url": unsubscribe_url}
        for_subject = {**surroundings, **context.for_subject()}
        if override:
            subject = override.subject_line(for_subject)
        else:
            subject = filters.one_line(templates.subject.render(for_subject))
        variables = vars(context) | surroundings | {"subject": subject}
        html, text = self._bodies(templates, context, variables, override)
        return RenderedMail(subject, self._inliner.inline(html), _tidied(text), language.tag)

    def _bodies(
        self, own: _Templates, context: AnyContext, variables: Mapping[str, Any], override: Override | None
    ) -> tuple[str, str]:
        """HTML and text. An override's take the card's place in ours, which keep all around it."""
        if override is None:
            return own.html.render(variables), own.text.render(variables)
        html, text = (override.body(field, variables) for field in ("html", "text"))
        # Also what no trial has shown: with other data a message may be missing, or elements nest without end.
        require_shown(context, Fragment(html), text)
        return (
            self._frames.html.render({**variables, "base": own.html, "body": Markup(html)}),  # noqa: S704 - its values are escaped
            self._frames.text.render({**variables, "base": own.text, "body": text}),
        )

    def compile(self, kind: Kind, source: OverrideSource, name: str = "preview") -> Override:
        """Make an operator's template ready to be rendered. Raises `TemplateRefused`."""
        return compiled(self._environment, kind, source, name)

    def check(self, kind: Kind, locale: str, source: OverrideSource, brand: Brand) -> Override:
        """Compile an operator's template and try whether its mails are of use. Raises `TemplateRefused`."""
        override = self.compile(kind, source)
        check(kind, override, {"brand": brand, "language": self._languages.negotiate(locale)})
        return override

    def prepare(
        self,
        kind: Kind,
        locale: str,
        context: AnyContext,
        brand: Brand,
        *,
        unsubscribable: bool = False,
        override: Override | None = None,
    ) -> PreparedMail:
        """Render one mail for many recipients, whose names are still to come. Raises what `render` raises."""

        def render(given_name: str, unsubscribe_url: str | None) -> RenderedMail:
            return self.render(kind, locale, replace(context, given_name=given_name), brand, unsubscribe_url, override)

        return PreparedMail.of(render, unsubscribable=unsubscribable)


def template_environment(loader: BaseLoader) -> ImmutableSandboxedEnvironment:
    """The only environment in which mail templates run: sandboxed, and a missing value is an error."""
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(filters.gettext, filters.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "duration": filters.duration,
        "moment": filters.moment,
        "isolate": filters.isolate,
        "direction": filters.direction,
        "paragraphs": filters.paragraphs,
        "one_line": filters.one_line,
        "urlize": filters.urlize,
    }
    return environment


def _compiled(environment: ImmutableSandboxedEnvironment, kind: Kind) -> _Templates:
    subject, html, text = (
        environment.get_template(f"{kind}/{name}") for name in ("subject.txt", "mail.html", "mail.txt")
    )
    return _Templates(subject, html, text)


def _frames(environment: ImmutableSandboxedEnvironment) -> _Frames:
    return _Frames(environment.get_template("_override.html"), environment.get_template("_override.txt"))


def _tidied(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"
