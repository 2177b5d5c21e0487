"""Asking FIRMS for what its satellites have seen: a question for each source and day.

Source: FIRMS, /api/area/csv/{MAP_KEY}/{SOURCE}/{west,south,east,north}/{days}/{first day}. The key is a
part of the address; it never gets into a log, a frame or a status. Days are asked for again while passes
of them may still come, and since the last round that was answered as a whole; what is in two answers is
one event, and an answer that is as it was is not kept again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from adapters.forgetting import forget
from adapters.pauses import Pauses
from adapters.satellite.firms.config import Config
from adapters.satellite.firms.reception import Reception
from adapters.telling import Telling
from adapters.video.api import Answer, Api
from adapters.video.connection import REFUSED, Lost, Refused
from adapters.video.cursor import Cursor
from adapters.video.handing import Handing
from monitor.adapter import Context, Delivery
from monitor.errors import Stopping

_FURTHEST: Final = timedelta(days=30)
"""How far back is asked after an outage."""
_REMEMBERED = 1_000
_WRONG_KEY = "invalid map_key"
_HIDDEN = "***"


class Asking:
    """Asks for one adapter."""

    def __init__(self, config: Config, context: Context, reception: Reception) -> None:
        assert config.map_key is not None
        assert config.area is not None
        self._config, self._context, self._reception = config, context, reception
        self._key = config.map_key.get_secret_value()
        self._box = ",".join(f"{edge:g}" for edge in config.area)
        self._telling = Telling(config.name, config.url)
        self._handing = Handing(context.deliver, self._telling, config.stop_within)
        self._cursor = Cursor(context)
        self._said: dict[tuple[str, date], tuple[bytes, bool]] = {}
        """The digest of the last answer to each question, and whether it was a table."""
        self._kept_at: datetime | None = None
        self.reached = False
        """Whether the last round was answered."""

    async def run(self) -> None:
        """Ask until cancelled; then let what is being delivered be stored."""
        await self._cursor.restore()
        self._said.clear()
        pauses, loop = Pauses(), asyncio.get_running_loop()
        async with Api(self._config.server) as api:
            while True:
                began = loop.time()
                try:
                    await self._round(api)
                except (Lost, Stopping) as trouble:
                    self.reached = False
                    self._telling.say(str(trouble))
                    least = REFUSED if isinstance(trouble, Refused) else 0.0
                    await asyncio.sleep(pauses.after(loop.time() - began, least))
                else:
                    self.reached, pauses = True, Pauses()
                    self._telling.is_well("answers")
                    await asyncio.sleep(self._config.every)

    async def _round(self, api: Api) -> None:
        """Ask for every day and source; one that is not answered does not keep the others."""
        now = self._context.now()
        questions = list(self._questions(now))
        lost: Lost | None = None
        for number, (source, day) in enumerate(questions, 1):
            whole = number == len(questions) and lost is None
            try:
                answer = await self._ask(api, source, day)
                await self._take(source, day, answer.body, now if whole else None)
            except Refused:
                raise
            except Lost as this:
                lost = lost or this
        if lost is not None:
            raise lost
        self._cursor.at = now

    def _questions(self, now: datetime) -> Iterator[tuple[str, date]]:
        since = max(self._cursor.at or now, now - _FURTHEST)
        day = (min(since, now) - timedelta(days=self._config.days - 1)).astimezone(UTC).date()
        while day <= now.astimezone(UTC).date():
            for source in self._config.sources:
                yield source, day
            day += timedelta(days=1)

    async def _ask(self, api: Api, source: str, day: date) -> Answer:
        """Raises Lost, and Refused where the key is not taken; their texts are without it."""
        path = f"/api/area/csv/{self._key}/{source}/{self._box}/1/{day}"
        try:
            answer = await api.ask(path, self._config.max_body)
        except Lost as lost:
            raise type(lost)(self._hide(str(lost))) from None
        if answer.status in (401, 403) or _WRONG_KEY in answer.body[:200].decode("latin-1").lower():
            raise Refused("FIRMS does not take the MAP_KEY")
        if answer.status != 200:
            raise Lost(f"{self._hide(path)} answers {answer.status}")
        return answer

    def _hide(self, text: str) -> str:
        return text.replace(self._key, _HIDDEN)

    async def _take(self, source: str, day: date, body: bytes, until: datetime | None) -> None:
        """Store an answer, unless it is as it was; raises Lost where it is no table.

        `until`: it is the last of a round that was answered.
        """
        at, digest = self._context.now(), hashlib.sha256(body).digest()
        before, table = self._said.get((source, day), (b"", True))
        new = digest != before
        if new or (until is not None and table and self._silent(at)):
            body = body.replace(self._key.encode(), _HIDDEN.encode())  # a proxy's page may have it
            read = await self._reception.read(body, at)
            table = read.header
            peer = f"{self._config.url}/api/area/csv/{source}/{day}"
            delivery = self._reception.delivery(read, body, peer, at)
            if until is not None and table:
                delivery = self._cursor.moved(delivery, until)
            await self._handing.finish(self._store(delivery))
            self._said[source, day] = digest, table
            forget(self._said, _REMEMBERED)
        if not table:
            raise Lost(f"{source} {day}: what is answered is no table of FIRMS")

    def _silent(self, at: datetime) -> bool:
        """Whether nothing was kept for so long that what says nothing new is kept, too."""
        pause = timedelta(seconds=self._config.heartbeat_seconds)
        return self._kept_at is None or at - self._kept_at >= pause

    async def _store(self, delivery: Delivery) -> None:
        await self._handing.store([delivery])
        self._kept_at = delivery.frame.received_at
        self._cursor.stored(delivery)
        self._reception.kept(delivery)

    def status(self) -> dict[str, Any]:
        """Whether it answers, and up to when is read."""
        return {
            "ready": self.reached,
            "trouble": self._telling.trouble,
            "read_until": self._cursor.at,
        }
