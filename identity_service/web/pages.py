"""Draws pages and parts of pages from `templates/`. Everything put into them is escaped."""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from identity_service.web.headers import PAGE_POLICY


class Pages:
    """The templates, compiled when they are first needed."""

    def answer(self, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A page, or a part of one, with the policy that its scripts and styles need."""
        body = self._environment.get_template(template).render(values)
        return HTMLResponse(body, status, {"Content-Security-Policy": PAGE_POLICY})

    def message(self, heading: str, text: str, status: int) -> HTMLResponse:
        """A page that says one thing."""
        return self.answer("message.html", status, heading=heading, text=text)

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("identity_service.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(words=_words, moment=_moment, took=_took)
        return environment


def _words(name: str) -> str:
    """`one_time_code` as `One time code`."""
    return name.replace("_", " ").capitalize()


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%-d %b %Y, %H:%M:%S} UTC"


def _took(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
