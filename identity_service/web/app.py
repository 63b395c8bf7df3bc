"""Puts the HTTP edge together."""

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from identity_service.web.headers import SecurityHeaders
from identity_service.web.health import Readiness, alive
from identity_service.web.keys import PublishedKeys
from identity_service.web.metrics import Metrics
from identity_service.web.parts import EdgeParts


def edge_app(parts: EdgeParts) -> ASGIApp:
    """The application. Reads no template and connects to nothing before the first request."""
    routes: list[BaseRoute] = [
        Route("/.well-known/jwks.json", PublishedKeys(parts.jwks).answer),
        Route("/healthz", alive),
        Route("/readyz", Readiness(parts.ping, parts.stopping).answer),
        Route("/metrics", Metrics(parts.registry, parts.metrics_folder).answer),
    ]
    if parts.development is None:
        return SecurityHeaders(Starlette(routes=routes))
    # Imported here, because the edge of a production server has no pages and need not load what makes them.
    from identity_service.web.development import development_app

    return SecurityHeaders(development_app(routes, parts.development, parts.stopping))
