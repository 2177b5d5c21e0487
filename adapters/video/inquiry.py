"""Everything that is asked of one platform: what has happened, and the pictures of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Protocol

from adapters.telling import Telling
from adapters.video.api import Api, Server
from adapters.video.handing import Handing
from adapters.video.polled import PolledConfig
from adapters.video.polling import Page, Poller
from adapters.video.snapshots import Had, Pictured, Snapshots
from monitor.adapter import Context, Delivery


class Platform(Protocol):
    """How a platform is asked."""

    def begin(self) -> None:
        """Asking begins, perhaps after a fault: nothing is known to be stored."""

    def pages(self, first: datetime, last: datetime, halve: bool) -> AsyncIterator[Page]:
        """See `adapters.video.polling.Pages`."""

    async def picture(self, path: str) -> Had:
        """What came of asking for a picture; raises Lost."""


class Inquiry:
    """Asks one platform for one adapter."""

    def __init__(
        self,
        config: PolledConfig,
        context: Context,
        server: Server,
        platform: Callable[[Api], Platform],
    ) -> None:
        self._api = Api(server)
        self._telling = Telling(config.name, server.url)
        handing = Handing(context.deliver, self._telling, config.stop_within)
        asked, own = platform(self._api), (config, context)
        self._begin = asked.begin
        self._snapshots = Snapshots(*own, handing, asked.picture, server.url)
        self._poller = Poller(*own, self._telling, handing, asked.pages, self.stored, server.url)
        self.hurry = self._poller.hurry

    async def run(self, *beside: Callable[[], Any]) -> None:
        """Ask until cancelled, and do what else is to be done meanwhile."""
        self._begin()
        try:
            async with self._api, asyncio.TaskGroup() as group:
                for work in (self._poller.run, self._snapshots.run, *beside):
                    group.create_task(work())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the first fault says more than their number

    def stored(self, delivery: Delivery) -> None:
        """To be told of what is durable: the pictures of it are asked for."""
        if isinstance(delivery, Pictured):
            for wanted in delivery.wanted:
                self._snapshots.want(wanted)

    def status(self) -> dict[str, Any]:
        """Whether the platform answers, up to when is read, and what has come."""
        return {
            "ready": self._poller.reached,
            "trouble": self._telling.trouble,
            **self._poller.status(),
            "pictures": self._snapshots.status(),
        }
