"""Whether the process lives, and whether it can work."""

import asyncio
from collections.abc import Callable
from threading import Event

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from identity_service.errors import DomainError

PATIENCE_SECONDS = 5.0
"""How long a caller of /readyz waits; a database that takes longer counts as away."""


async def alive(_request: Request) -> PlainTextResponse:
    """200 as long as the process answers at all; nothing else is looked at."""
    return PlainTextResponse("ok\n")


class Readiness:
    """`/readyz`: 200 if the service can work, 503 and the reason if not."""

    def __init__(self, ping: Callable[[], None], stopping: Event) -> None:
        self._ping = ping
        self._stopping = stopping
        self._pinging: asyncio.Task[None] | None = None

    async def answer(self, _request: Request) -> JSONResponse:
        """Callers at the same time share one ping, so that they cannot use up the database's connections."""
        if self._stopping.is_set():
            return _not_ready("SERVER_STOPPING", "This server is stopping.")
        try:
            await asyncio.wait_for(asyncio.shield(self._current_ping()), PATIENCE_SECONDS)
        except TimeoutError:
            return _not_ready("DATABASE_UNAVAILABLE", f"The database took longer than {PATIENCE_SECONDS:g} s.")
        except DomainError as error:
            return _not_ready(error.reason, error.message)
        except Exception as error:
            return _not_ready("INTERNAL", f"The check failed with {type(error).__name__}.")
        return JSONResponse({"status": "ready"})

    def _current_ping(self) -> asyncio.Task[None]:
        if self._pinging is None or self._pinging.done():
            self._pinging = asyncio.get_running_loop().create_task(run_in_threadpool(self._ping))
            self._pinging.add_done_callback(_take_note)
        return self._pinging


def _take_note(ping: "asyncio.Task[None]") -> None:
    """Look at the outcome, or asyncio complains where every caller had lost patience."""
    if not ping.cancelled():
        ping.exception()


def _not_ready(reason: str, message: str) -> JSONResponse:
    return JSONResponse({"status": "not ready", "reason": reason, "message": message}, status_code=503)
