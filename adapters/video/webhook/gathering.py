"""Has the pictures of a message: decoded, or fetched at once since their addresses expire, and kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from adapters.video.tidy import line
from adapters.video.webhook.config import Config
from adapters.video.webhook.pictures import Sought, Unfit, decode
from monitor.adapter import Context
from monitor.errors import FetchError, MediaTooLarge, UnfitMedia
from monitor.event import Event, Examined, Picture

_FETCHES = 8
"""Fetches of an adapter under way together."""
_TAKEN = ("image/", "video/")


@dataclass
class Gathered:
    """Events with the pictures that could be had, and why the others could not."""

    events: tuple[Event, ...] = ()
    problems: dict[str, None] = field(default_factory=dict)
    note: str = ""
    """The first reason for which one could not be fetched."""


class Gallery:
    """Has pictures for one adapter."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self._fetches = asyncio.Semaphore(_FETCHES)

    async def complete(self, events: Sequence[tuple[Event, Sequence[Sought]]]) -> Gathered:
        """The events with their pictures; raises MediaError where nothing can be kept."""
        gathered = Gathered()
        copies = Counter(one for _, wanted in events for one in wanted)
        deadline = asyncio.get_running_loop().time() + self._config.fetch_within
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {
                    one: group.create_task(self._have(one, copies[one], deadline, gathered))
                    for one in copies
                }
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the disk is full for all of them
        found = {one: task.result() for one, task in tasks.items()}
        gathered.events = tuple(
            replace(event, pictures=tuple(_pictures(wanted, found))) for event, wanted in events
        )
        return gathered

    async def _have(
        self, one: Sought, copies: int, deadline: float, gathered: Gathered
    ) -> list[Examined]:
        """The picture, kept for each event that has it: each places a file of its own."""
        try:
            data = await self._bytes(one, deadline)
            if len(data) > self._config.max_picture:
                raise Unfit("picture-too-large")
            return [await self._kept(data) for _ in range(copies)]
        except Unfit as unfit:
            gathered.problems[str(unfit)] = None
        except FetchError as error:
            gathered.problems["picture-not-fetched"] = None
            gathered.note = gathered.note or line(str(error))
        return []

    async def _bytes(self, one: Sought, deadline: float) -> bytes:
        if one.form == "part":
            return one.data
        if one.form == "base64":
            return await asyncio.to_thread(decode, one.text, self._config.max_picture)
        if not one.text:
            raise FetchError("what the message gives is no address")
        try:
            async with asyncio.timeout_at(deadline), self._fetches:
                return await self._context.fetch(one.text)
        except TimeoutError:
            raise FetchError(f"not within {self._config.fetch_within:g} seconds") from None

    async def _kept(self, data: bytes) -> Examined:
        try:
            found = await self._context.keep(data)
        except MediaTooLarge:
            raise Unfit("picture-too-large") from None
        except UnfitMedia:
            raise Unfit("picture-unfit") from None
        if not found.type.startswith(_TAKEN):
            raise Unfit("picture-unfit")
        return found


def _pictures(wanted: Iterable[Sought], found: dict[Sought, list[Examined]]) -> Iterable[Picture]:
    for one in wanted:
        if found[one]:
            yield Picture(one.name, found[one].pop())
