"""What is heard of devices besides their data: when last, from where, how many frames, how good, and how
far their clocks are off. Gathered in memory and written down every few seconds, apart from the data.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog

from monitor.adapter import Delivery
from monitor.errors import StoreError
from monitor.observation import ASSEMBLED, Frame
from monitor.store import Store, device_days, devices
from monitor.store.device_days import Day
from monitor.store.devices import Seen

log = structlog.get_logger("intake")

EVERY = 5.0
"""Seconds between writings."""
_CREDIBLE = timedelta(days=1)
"""A clock that is further off is broken, and says nothing of how far clocks are off."""


@dataclass(slots=True)
class _Heard:
    """What was heard of a device on a day since it was last written down."""

    day: Day
    at: datetime
    peer: str
    adapter: str | None = None


@dataclass
class Hearing:
    """Gathers, and writes when it is time."""

    store: Store
    _heard: dict[tuple[date, int], _Heard] = field(default_factory=dict)
    _written: float = field(default_factory=time.monotonic)

    def note(
        self,
        deliveries: Sequence[Delivery],
        numbers: Mapping[str, int],
        late: Collection[int],
        day: date,
    ) -> None:
        """Count committed frames; `late` are the places of those whose readings came late.

        A frame may be of several devices: meters behind one gateway.
        """
        for place, delivery in enumerate(deliveries):
            frame = delivery.frame
            if frame.verdict == ASSEMBLED:
                continue
            for mn in {frame.device, *(r.mn for r in delivery.readings)}:
                number = numbers.get(mn or "")
                if number is not None:
                    self._hear(day, number, frame, timely=place not in late)

    def _hear(self, day: date, number: int, frame: Frame, *, timely: bool) -> None:
        heard = self._heard.get((day, number))
        if heard is None:
            heard = _Heard(Day(), frame.received_at, frame.peer)
            self._heard[day, number] = heard
        heard.at, heard.peer = frame.received_at, frame.peer
        if frame.verdict != "refused":
            heard.adapter = frame.source
        _count(heard.day, frame, timely=timely)

    def write(self, *, now: bool = False) -> None:
        """Write down what has gathered, if it is time or `now`.

        In a transaction of its own, since it locks devices in another order than judging.
        """
        if not self._heard or (time.monotonic() - self._written < EVERY and not now):
            return
        self._written = time.monotonic()
        seen: dict[int, Seen] = {}
        for (_, number), heard in self._heard.items():
            before = seen.get(number)
            frames = heard.day.frames + (before.frames if before else 0)
            adapter = heard.adapter or (before.adapter if before else None)
            seen[number] = Seen(frames, heard.at, heard.peer, adapter)
        days = {key: heard.day for key, heard in self._heard.items()}
        try:
            with self.store.write() as connection:
                devices.saw(connection, seen)
                device_days.add(connection, days)
        except StoreError as error:  # the data is safe; this is told next time
            log.warning("last hearings not written", error=str(error))
        else:
            self._heard.clear()


def _count(day: Day, frame: Frame, *, timely: bool) -> None:
    day.frames += 1
    day.clean += frame.verdict == "clean"
    day.refused += frame.verdict == "refused"
    if frame.sent_at is None or not timely or frame.verdict == "refused":
        return  # what is sent after the fact says nothing of the clock, nor does a damaged frame
    skew = frame.sent_at - frame.received_at
    if abs(skew) <= _CREDIBLE:
        day.timed_by(skew)
