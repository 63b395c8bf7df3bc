"""That a mail shows what it is sent for: its code, its link, its message."""

from identity_service.notification.rendering.contexts import AnyContext
from identity_service.notification.rendering.filters import one_line
from identity_service.notification.rendering.overrides.markup import Fragment
from identity_service.notification.rendering.overrides.refusal import TemplateRefused


def require_shown(context: AnyContext, html: Fragment, text: str) -> None:
    """Raises `TemplateRefused` for a value of `must_show` that HTML or text do not show as it is."""
    for name in context.must_show:
        value = vars(context)[name]
        if name == "link" and value not in html.links:
            raise TemplateRefused("html", "must show `link` as a link with something to click")
        if name != "link" and not _is_shown(value, html.text):
            raise TemplateRefused("html", f"must show `{name}`")
        if not _is_shown(value, text):
            raise TemplateRefused("text", f"must show `{name}`")


def _is_shown(value: str, content: str) -> bool:
    """Line after line, with anything in between: a template may part the paragraphs of a message as it likes."""
    seen, position = one_line(content), 0
    for line in map(one_line, value.splitlines()):
        found = seen.find(line, position)
        if found < 0:
            return False
        position = found + len(line)
    return True
