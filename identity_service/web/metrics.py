"""`/metrics`, in the Prometheus or OpenMetrics text format, as the caller prefers."""

from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response


class Metrics:
    """The metrics of this process, or of all processes that share a folder."""

    def __init__(self, registry: Collector, folder: Path | None) -> None:
        self._registry = registry
        self._folder = folder

    def answer(self, request: Request) -> Response:
        """All metrics, collected anew."""
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._collected()), headers={"Content-Type": content_type})

    def _collected(self) -> Collector:
        if self._folder is None:
            return self._registry
        from prometheus_client.multiprocess import MultiProcessCollector

        everyones = CollectorRegistry()
        MultiProcessCollector(everyones, path=str(self._folder))  # type: ignore[no-untyped-call]
        return everyones
