"""The link that ends a subscription: a page that asks, and a POST that acts.

Opening the link changes nothing, because scanners and previews open links as well. A POST to the same address acts
without a further question: mail programs send it when their own button is pressed (RFC 8058). It needs no proof of
where it comes from, for whoever has the token has the mail.
"""

from functools import cached_property
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from identity_service.calls.call import Call
from identity_service.notification.preferences import UNSUBSCRIBE_LINK, Preferences
from identity_service.notification.rendering import filters
from identity_service.notification.rendering.languages import Language, Languages
from identity_service.notification.unsubscribe_links import Subscription, UnsubscribeLinks
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.web.forms import posted_form
from identity_service.web.headers import PAGE_POLICY

_LONGEST_AGENT = 1024


class UnsubscribePages:
    """Asks, unsubscribes, and takes it back, in the reader's language."""

    def __init__(self, links: UnsubscribeLinks, preferences: Preferences) -> None:
        self._links = links
        self._preferences = preferences

    def ask(self, request: Request) -> Response:
        """What the button will do. Looks nothing up."""
        subscription = self._subscription(request)
        if subscription is None:
            return self._page(request, "broken", 400)
        return self._page(request, "ask", category=subscription.category)

    async def act(self, request: Request) -> Response:
        """End the subscription; with `action=subscribe` in the form, begin it again."""
        subscription = self._subscription(request)
        if subscription is None:
            return self._page(request, "broken", 400)
        form = await posted_form(request)
        again = form.get("action") == "subscribe"
        return await run_in_threadpool(self._acted, request, subscription, again)

    def _acted(self, request: Request, subscription: Subscription, again: bool) -> Response:
        act = self._preferences.subscribe_again if again else self._preferences.unsubscribe
        try:
            act(_call(request, subscription), subscription)
        except DatabaseUnavailable:
            return self._page(request, "later", 503)
        return self._page(request, "subscribed" if again else "unsubscribed", category=subscription.category)

    def _subscription(self, request: Request) -> Subscription | None:
        return self._links.read(request.query_params.get("token", ""))

    def _page(self, request: Request, stage: str, status: int = 200, category: str = "") -> HTMLResponse:
        language = self._language(request)
        page = self._environment.get_template("unsubscribe.html")
        body = page.render(language=language, stage=stage, category=category)
        headers = {"Content-Security-Policy": PAGE_POLICY, "Content-Language": language.tag, "Vary": "Accept-Language"}
        return HTMLResponse(body, status, headers)

    def _language(self, request: Request) -> Language:
        """The first that the browser asks for; mail programs, which show nothing, get the source language."""
        preferred = request.headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()
        return self._languages.negotiate(preferred)

    @cached_property
    def _languages(self) -> Languages:
        return Languages.load(files("templates") / "locale")

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("templates", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_callables(filters.gettext, filters.ngettext, newstyle=True)  # type: ignore[attr-defined]
        return environment


def _call(request: Request, subscription: Subscription) -> Call:
    return Call(
        tenant_id=subscription.tenant_id,
        actor=UNSUBSCRIBE_LINK,
        ip_address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:_LONGEST_AGENT],
    )
