"""What simulated devices report, and when: a plan turns a device into its frames in order of time."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import count

from adapters.hj212 import crc
from adapters.replay.devices import Device, Measured

_REALTIME, _MINUTE, _HOUR, _DAY = "2011", "2051", "2061", "2031"
_STEPS = {_MINUTE: timedelta(minutes=10), _HOUR: timedelta(hours=1), _DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Sample:
    """How a scenario bends a value: hours since the plan's start, the device's place, the pollutant's."""

    hours: float
    device: int
    index: int
    measured: Measured


Shape = Callable[[Sample], float]


def _normal(_sample: Sample) -> float:
    return 1.0


def _exceedance(sample: Sample) -> float:
    """The first device's first pollutant is a third over its limit for two hours, then fine again."""
    over = sample.device == 0 and sample.index == 0 and 1 <= sample.hours < 3
    measured = sample.measured
    return 1.33 * (measured.limit or measured.level) / measured.level if over else 1.0


def _storm(sample: Sample) -> float:
    """Every device exceeds with its first pollutant in every other hour."""
    return 2.5 if sample.index == 0 and int(sample.hours) % 2 else 1.0


SCENARIOS: dict[str, Shape] = {
    "normal": _normal,
    "exceedance": _exceedance,
    "storm": _storm,
    "gaps": _normal,
}
"""The factor on a value's usual level, by name. With `gaps`, the means of every fifth hour are not sent
until they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which frames a device sends: real-time every `step`, ten-minute, hour and day means as they end."""

    start: datetime
    zone: tzinfo
    step: timedelta = timedelta(seconds=30)
    scenario: str = "normal"
    seed: int = 1
    means: bool = True
    """Whether means are sent too, not only real-time data."""

    def frames(self, device: Device, place: int) -> Iterator[tuple[bytes, bytes]]:
        """(QN, frame) for ever; the same for the same seed."""
        numbers = count(place * 7919)
        at = self.start
        while True:
            for code, label in self._due(at):
                if code != _REALTIME and self._keeps_back(label):
                    continue
                content = self.content(device, place, code, label)
                moment = at.astimezone(self.zone)
                qn = f"{moment:%Y%m%d%H%M%S}{next(numbers) % 1000:03d}"
                yield qn.encode(), frame(device, code, qn, content)
            at += self.step

    def content(self, device: Device, place: int, code: str, label: datetime) -> str:
        """What a device has to say of a period, whenever it is asked."""
        draw = random.Random(zlib.crc32(f"{self.seed}/{device.mn}/{code}/{label}".encode()))
        hours = (label - self.start) / timedelta(hours=1)
        shape = SCENARIOS[self.scenario]
        return _content(code, label.astimezone(self.zone), device, place, hours, shape, draw)

    def _keeps_back(self, label: datetime) -> bool:
        return self.scenario == "gaps" and label.astimezone(self.zone).hour % 5 == 0

    def labels(self, code: str, first: datetime, last: datetime) -> Iterator[datetime]:
        """The labels of a kind of mean from first to last, both included."""
        step = _STEPS[code]
        at = _floor(first, step) if step < timedelta(days=1) else first
        while at <= last:
            if at >= first:
                yield at
            at += step

    def _due(self, at: datetime) -> Iterator[tuple[str, datetime]]:
        yield _REALTIME, at
        if not self.means:
            return
        local, before = at.astimezone(self.zone), (at - self.step).astimezone(self.zone)
        if local.replace(minute=local.minute // 10 * 10, second=0) > before:
            yield _MINUTE, _floor(at, timedelta(minutes=10)) - timedelta(minutes=10)
        if local.replace(minute=0, second=0, microsecond=0) > before:
            yield _HOUR, _floor(at, timedelta(hours=1)) - timedelta(hours=1)
        if local.date() != before.date():
            yield _DAY, local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _floor(at: datetime, span: timedelta) -> datetime:
    seconds = span // timedelta(seconds=1)
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, at.tzinfo)


def _content(
    code: str,
    label: datetime,
    device: Device,
    place: int,
    hours: float,
    shape: Shape,
    draw: random.Random,
) -> str:
    parts = [f"DataTime={label:%Y%m%d%H%M%S}"]
    for index, measured in enumerate(device.measured):
        name = measured.pollutant
        level = measured.level * shape(Sample(hours, place, index, measured))
        value = level * draw.uniform(0.97, 1.03)
        parts.append(",".join(_fields(code, name, value, converted=measured.converted)))
    return ";".join(parts)


def _fields(code: str, name: str, value: float, *, converted: bool) -> Iterator[str]:
    realtime = code == _REALTIME
    if realtime:
        yield f"{name}-Rtd={value:.2f}"
    else:
        yield f"{name}-Min={value * 0.9:.2f},{name}-Avg={value:.2f},{name}-Max={value * 1.1:.2f}"
    if converted:
        yield f"{name}-{'ZsRtd' if realtime else 'ZsAvg'}={value:.2f}"
    yield f"{name}-Flag=N"


def frame(device: Device, code: str, qn: str, content: str) -> bytes:
    """One upload that asks for an answer (Flag=5), HJ 212-2017."""
    segment = (
        f"QN={qn};ST={device.system};CN={code};PW={device.password};MN={device.mn};Flag=5;"
        f"CP=&&{content}&&"
    ).encode()
    return b"##%04d%s%04X\r\n" % (len(segment), segment, crc.hj212(segment))
