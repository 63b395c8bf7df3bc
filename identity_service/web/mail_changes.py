"""Tells waiting pages that the list has changed. However many wait, one task looks, and only while somebody waits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import structlog
from starlette.concurrency import run_in_threadpool

from identity_service.web.mail_list import Listing

_log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 0.2
MOST_WAITING = 200


class TooManyWaiting(Exception):
    """Enough pages wait already; this one has to ask again later."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    version: str
    news: "asyncio.Future[Listing | None]"


class MailChanges:
    """Waits for a list of another version. Belongs to one event loop."""

    def __init__(self, current: Callable[[], Listing], stopping: Event) -> None:
        self._current = current
        self._stopping = stopping
        self._waiting: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None

    async def after(self, version: str, seconds: float) -> Listing | None:
        """The list once it is not `version` any more; None after so many seconds, or when the server stops.

        Raises `TooManyWaiting`.
        """
        listing = await run_in_threadpool(self._current)
        if listing.version != version:
            return listing
        return await self._news(version, seconds) if seconds > 0 else None

    async def _news(self, version: str, seconds: float) -> Listing | None:
        if len(self._waiting) >= MOST_WAITING:
            raise TooManyWaiting
        waiter = _Waiter(version, asyncio.get_running_loop().create_future())
        self._waiting.add(waiter)
        self._look()
        try:
            return await asyncio.wait_for(waiter.news, seconds)
        except TimeoutError:
            return None
        finally:
            self._waiting.discard(waiter)

    def _look(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look_while_somebody_waits())

    async def _look_while_somebody_waits(self) -> None:
        try:
            while self._waiting and not self._stopping.is_set():
                self._tell(await run_in_threadpool(self._current))
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        except Exception as error:
            _log.warning("mailbox.unreadable", error=type(error).__name__)
        finally:
            self._tell(None)

    def _tell(self, listing: Listing | None) -> None:
        for waiter in self._waiting:
            if not waiter.news.done() and (listing is None or listing.version != waiter.version):
                waiter.news.set_result(listing)
