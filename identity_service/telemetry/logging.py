"""Structured logs: a static event name, and data in fields. Secrets have no field to be in."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from identity_service.settings import Settings
from identity_service.telemetry.repeats import Repeats

LONGEST_CHAIN = 10
REPEAT_SECONDS = 5.0
_QUIET = ("alembic", "dramatiq", "uvicorn", "uvicorn.error", "uvicorn.access", "grpc", "urllib3")


def configure_logging(settings: Settings) -> None:
    """Send all logs of this process to standard error, as the settings say."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        Repeats("database_unavailable", REPEAT_SECONDS),
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        outline_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def outline_exception(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put types and places where an exception was to be logged: its text and its variables may quote a request."""
    wanted = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if wanted is True else wanted[1] if isinstance(wanted, tuple) else wanted
    if isinstance(error, BaseException):
        entry["failure"] = _outline(error)
    return entry


def _outline(error: BaseException) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < LONGEST_CHAIN:
        frames = traceback.extract_tb(cause.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        chain.append({"type": f"{type(cause).__module__}.{type(cause).__qualname__}", "places": places})
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain


def _rendering(settings: Settings) -> list[structlog.typing.Processor]:
    if settings.log_format == "json":
        return [structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
