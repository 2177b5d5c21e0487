"""Files on their way from adapters to the media: durable before the transaction that records them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from monitor.adapter import Delivery
from monitor.event import Examined
from monitor.media import Media

_LOGGED = 262_144
"""Bytes of a frame that the log takes; of a longer one it has the hash, and the bytes are a file."""
_PLAIN = "application/octet-stream"
_AT_ONCE = 4
T = TypeVar("T")


def _files(delivery: Delivery) -> Iterator[Examined]:
    """The files of a delivery; what is of a survey may be of its events as well."""
    for event in delivery.events:
        yield from (picture.file for picture in event.pictures)
    if delivery.survey is not None:
        yield from (each.file for each in delivery.survey.files)


class Filing:
    """The folder of media as adapters and the intake use it."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="filing")

    async def _run(self, work: Callable[[], T]) -> T:
        """In threads of its own: a store of objects that hangs holds up nobody else."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def keep(self, data: bytes) -> Examined:
        """Make a file durable and look at what it is; raises what `Media.examine` does."""
        return await self._run(partial(self._keep, (data,)))

    async def gather(self, pieces: Iterable[bytes]) -> Examined:
        """The same for a file of any type that comes in pieces, asked for in a thread."""
        return await self._run(partial(self._keep, pieces, anything=True))

    def _keep(self, pieces: Iterable[bytes], *, anything: bool = False) -> Examined:
        return self._drafted(pieces, partial(self._media.examine, anything=anything))

    def _drafted(
        self, pieces: Iterable[bytes], examined: Callable[[Path, str], Examined]
    ) -> Examined:
        """A file made durable, and looked at; nothing of it stays where that fails."""
        draft = self._media.draft()
        try:
            for piece in pieces:
                draft.write(piece)
            return examined(draft.path, draft.finish())
        except BaseException:
            draft.discard()
            raise

    async def settle(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Put the files of deliveries, and frames that are too long for the log, in their place."""
        if not any(d.events or d.survey or len(d.frame.raw) > _LOGGED for d in deliveries):
            return deliveries
        return await self._run(lambda: [self._settle(d) for d in deliveries])

    def _settle(self, delivery: Delivery) -> Delivery:
        files = {file.path: file for file in _files(delivery)}.values()
        for file in files:  # what does not succeed is tried again, for as long as it takes
            self._media.refresh(file)
        for file in files:
            # an upload's bytes are its own until the transaction has ended it
            self._media.place(self._media.secure(file), keep=delivery.upload is not None)
        raw = delivery.frame.raw
        if len(raw) <= _LOGGED:
            return delivery
        body = self._drafted((raw,), lambda path, sha: Examined(path, sha, len(raw), _PLAIN))
        self._media.place(self._media.secure(body))
        return replace(delivery, frame=replace(delivery.frame, raw=b""), body=body)
