"""Files that are announced: fetched, and delivered; those that the bucket has not got yet stay due.

What is due is held (`Delivery.held`) under a key that says who announced it, and so outlives a restart.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog

from adapters.drone.dji import codec
from adapters.drone.dji.collecting import Collected, Collecting
from adapters.drone.dji.config import Config
from adapters.drone.dji.said import Noted, Uploaded, called_back
from adapters.mqtt import document
from monitor.adapter import Context, Delivery
from monitor.errors import MonitorError
from monitor.observation import ASSEMBLED, Frame

FIRST, LONGEST = 5.0, 600.0
"""Seconds between two looks at the bucket: at first, and at most."""
LONG_ENOUGH = timedelta(days=1)
MOST = 10_000
"""Files that may be due."""
GIVEN_UP = "object-given-up"
DOCK, PILOT = "dock", "pilot"
_DUE, _TURN = "due", 0.25

_log = structlog.get_logger()


@dataclass(slots=True)
class Due:
    """A file that the bucket had not got when it was announced."""

    key: str
    """Under which its message is held."""
    file: Uploaded
    frame: Frame
    next_at: float
    """When it is looked for again, by the loop's clock."""
    pause: float = 0.0


class Keeping:
    """Keeps what is announced to one adapter."""

    def __init__(self, config: Config, context: Context, collecting: Collecting) -> None:
        self._config, self._context, self._collecting = config, context, collecting
        self._zone = ZoneInfo(config.zone) if config.zone else context.zone
        self._due: dict[str, Due] = {}
        """By the names of objects."""
        self._trouble = ""

    @property
    def due(self) -> int:
        """How many files are looked for."""
        return len(self._due)

    async def keep(self, delivery: Delivery, file: Uploaded, form: str, who: str) -> Collected:
        """Fetch a file and deliver it with its message; raises MediaError, StoreError, Stopping.

        `form`: how it was announced, `DOCK` or `PILOT`; `who`: the gateway, or the workspace.
        """
        async with self._collecting.alone(file):
            found, held = await self._collecting.collect(file), None
            due = self._due.get(file.object_key)
            if found.missing and due is None:
                if len(self._due) < MOST:
                    digest = hashlib.sha256(file.object_key.encode()).hexdigest()[:32]
                    held = f"{_DUE}/{form}/{digest}/{who}"
                else:
                    found = replace(found, given_up=True, problems=(*found.problems, GIVEN_UP))
            whole = replace(_with(delivery, file, found), held=held)
            if due is not None and not found.missing:
                whole = replace(whole, released=due.key)
            await self._context.deliver([whole])
            if held is not None:
                self._wait(Due(held, file, whole.frame, 0.0))
            self._done(file, found)
        return found

    async def restore(self) -> None:
        """Take up what was due when the process ended."""
        for key, frame in await self._context.held() if self._context.held is not None else ():
            if not key.startswith(f"{_DUE}/"):
                continue
            file = self._read(key, frame)
            if file is None:  # the settings have changed, or it is too long to be had back
                await self._give_up(key, frame)
            elif file.object_key not in self._due:
                self._wait(Due(key, file, frame, 0.0))

    async def run(self) -> None:
        """Look for what is due, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TURN)
            now = loop.time()
            for due in sorted(
                (each for each in self._due.values() if each.next_at <= now), key=_time_of
            ):
                if not await self._looked_for(due):
                    break

    async def _looked_for(self, due: Due) -> bool:
        """False where something is away: the others need not be tried at once."""
        try:
            await self._look_for(due)
        except Exception as error:  # noqa: BLE001 - it stays due; the others must go on
            self._say(str(error) if isinstance(error, MonitorError) else repr(error))
            self._wait(due)
            return False
        self._trouble = ""
        return True

    async def _look_for(self, due: Due) -> None:
        file = due.file
        async with self._collecting.alone(file):
            if self._due.get(file.object_key) is not due:  # announced again, and kept
                return
            found = await self._collecting.collect(file)
            if not found.missing:
                frame = replace(due.frame, received_at=self._context.now(), problems=())
                whole = _with(Delivery(frame), file, found)
                frame = replace(whole.frame, verdict=ASSEMBLED)
                await self._context.deliver([replace(whole, frame=frame, released=due.key)])
                self._done(file, found)
            elif self._context.now() - due.frame.received_at < LONG_ENOUGH:
                self._wait(due)
            else:
                await self._give_up(due.key, due.frame)
                del self._due[file.object_key]

    async def _give_up(self, key: str, frame: Frame) -> None:
        _log.error("file never came", adapter=self._config.name, announced=frame.note)
        frame = replace(
            frame, received_at=self._context.now(), verdict=ASSEMBLED, problems=(GIVEN_UP,)
        )
        await self._context.deliver([Delivery(frame, released=key)])

    def _wait(self, due: Due) -> None:
        """Ever longer."""
        due.pause = min(due.pause * 2, LONGEST) or FIRST
        pause = due.pause * random.uniform(0.5, 1.0)
        due.next_at = asyncio.get_running_loop().time() + pause
        self._due[due.file.object_key] = due

    def _done(self, file: Uploaded, found: Collected) -> None:
        if not found.missing:
            self._collecting.kept(file, found)
            self._due.pop(file.object_key, None)

    def _read(self, key: str, frame: Frame) -> Uploaded | None:
        """What was announced, from the message that was held."""
        _, form, _, who = key.split("/", 3)
        read: Callable[[str, Frame], Uploaded | None]
        read = self._of_dock if form == DOCK else self._of_pilot
        return read(who, frame)

    def _of_dock(self, gateway: str, frame: Frame) -> Uploaded | None:
        topic, prefix = f"thing/product/{gateway}/events", self._config.bucket.prefix
        return codec.read(topic, frame.raw, prefix, self._zone, frame.received_at).file

    def _of_pilot(self, workspace: str, frame: Frame) -> Uploaded | None:
        note = Noted()
        try:
            body = document.read(frame.raw, codec.DEPTH, note)
        except document.Unreadable:
            return None
        prefix, at = self._config.bucket.prefix, frame.received_at
        return called_back(body, workspace, prefix=prefix, zone=self._zone, at=at, note=note)

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("files wait", adapter=self._config.name, due=self.due, reason=trouble)
        self._trouble = trouble


def _time_of(due: Due) -> float:
    return due.next_at


def _with(delivery: Delivery, file: Uploaded, found: Collected) -> Delivery:
    frame: Frame = delivery.frame
    problems = tuple(dict.fromkeys((*frame.problems, *found.problems)))
    note = f"survey {file.mission}: {file.object_key}"[:200]
    verdict = "tolerated" if problems else frame.verdict
    frame = replace(frame, problems=problems, verdict=verdict, note=note)
    return Delivery(frame, events=found.events, survey=found.survey)
