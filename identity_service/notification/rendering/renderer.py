"""Turns a kind, a language and a context into a subject, an HTML page and a plain text."""

import re
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Self

from css_inline import CSSInliner
from jinja2 import BaseLoader, PackageLoader, StrictUndefined, Template, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering import filters
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import CONTEXTS, AnyContext
from identity_service.notification.rendering.languages import Languages
from identity_service.notification.rendering.prepared import PreparedMail
from identity_service.notification.rendering.rendered import RenderedMail

_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class _Templates:
    subject: Template
    html: Template
    text: Template


class Renderer:
    """Renders mails. Built once and shared by threads: compiling its templates takes a while."""

    def __init__(self, loader: BaseLoader, languages: Languages) -> None:
        environment = template_environment(loader)
        self._templates = {kind: _compiled(environment, kind) for kind in Kind}
        self._languages = languages
        self._inliner = CSSInliner(load_remote_stylesheets=False)

    @classmethod
    def from_package(cls) -> Self:
        """The renderer for the templates and translations that come with the service."""
        return cls(PackageLoader("templates", "email"), Languages.load(files("templates") / "locale"))

    def render(
        self, kind: Kind, locale: str, context: AnyContext, brand: Brand, unsubscribe_url: str | None = None
    ) -> RenderedMail:
        """Render one mail in the language nearest to `locale`, a BCP 47 tag; its footer links to `unsubscribe_url`.

        Raises TypeError if the context belongs to another kind, `jinja2.TemplateError` if a template fails.
        """
        if not isinstance(context, CONTEXTS[kind]):
            raise TypeError(f"{kind} needs {CONTEXTS[kind].__name__}, got {type(context).__name__}")
        language, templates = self._languages.negotiate(locale), self._templates[kind]
        surroundings = {"brand": brand, "language": language, "unsubscribe_url": unsubscribe_url}
        subject = filters.one_line(templates.subject.render({**surroundings, **context.for_subject()}))
        variables = vars(context) | surroundings | {"subject": subject}
        html = self._inliner.inline(templates.html.render(variables))
        text = _tidied(templates.text.render(variables))
        return RenderedMail(subject, html, text, language.tag)

    def prepare(
        self, kind: Kind, locale: str, context: AnyContext, brand: Brand, *, unsubscribable: bool = False
    ) -> PreparedMail:
        """Render one mail for many recipients, whose names are still to come. Raises what `render` raises."""

        def render(given_name: str, unsubscribe_url: str | None) -> RenderedMail:
            return self.render(kind, locale, replace(context, given_name=given_name), brand, unsubscribe_url)

        return PreparedMail.of(render, unsubscribable=unsubscribable, is_uniform=True)


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
    }
    return environment


def _compiled(environment: ImmutableSandboxedEnvironment, kind: Kind) -> _Templates:
    subject, html, text = (
        environment.get_template(f"{kind}/{name}") for name in ("subject.txt", "mail.html", "mail.txt")
    )
    return _Templates(subject, html, text)


def _tidied(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", text).strip() + "\n"
