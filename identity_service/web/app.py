"""Puts the HTTP edge together."""

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from identity_service.notification import unsubscribe_links
from identity_service.web import assets
from identity_service.web.headers import SecurityHeaders
from identity_service.web.health import Readiness, alive
from identity_service.web.keys import PublishedKeys
from identity_service.web.metrics import Metrics
from identity_service.web.parts import EdgeParts
from identity_service.web.unsubscribe_pages import UnsubscribePages


def edge_app(parts: EdgeParts) -> ASGIApp:
    """The application. Reads no template and connects to nothing before the first request."""
    unsubscribing = UnsubscribePages(parts.unsubscribe_links, parts.preferences)
    routes: list[BaseRoute] = [
        Route("/.well-known/jwks.json", PublishedKeys(parts.jwks).answer),
        Route("/healthz", alive),
        Route("/readyz", Readiness(parts.ping, parts.stopping).answer),
        Route("/metrics", Metrics(parts.registry, parts.metrics_folder).answer),
        Route(unsubscribe_links.PATH, unsubscribing.ask, methods=["GET"]),
        Route(unsubscribe_links.PATH, unsubscribing.act, methods=["POST"]),
        Route("/assets/{name}", assets.answer),
    ]
    if parts.development is None:
        return SecurityHeaders(Starlette(routes=routes))
    # Imported here, because the edge of a production server need not load what makes the mailbox.
    from identity_service.web.development import development_app

    return SecurityHeaders(development_app(routes, parts.development, parts.stopping))
