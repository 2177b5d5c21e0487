"""A meter's message to readings, notices and its answer, by a profile. Pure; no bytes make `read` raise.

Both doors use it. A push has no topic; what lies behind the adapter's name in its address stands for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from adapters.channels import ENERGY, TRANSFORMED, Channel
from adapters.hj212 import text
from adapters.hj212.header import names_device
from adapters.mqtt import document, scalar, times
from adapters.mqtt.codec import AHEAD
from adapters.mqtt.document import Unreadable
from adapters.mqtt.path import MISSING, Path, Place
from adapters.power.profile import READ, Kind, Profile
from adapters.power.values import Ratios, number, ratios
from monitor.observation import Layout, Period, Readings, Statistic

_NAME_LIMIT = 64
_UNNAMED = "?"


@dataclass(frozen=True, slots=True)
class Reader:
    """What a profile needs beside itself."""

    profile: Profile
    zone: tzinfo
    """Of the devices' clocks."""
    primary: bool
    max_depth: int
    max_items: int
    ratio: Callable[[str], float | None] = lambda _meter: None
    """The ratio of a meter's transformers, current and voltage together, by the register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message and what it says."""

    kind: Kind | None
    """None where it does not say what it is."""
    place: Place | None = None
    """The message as it was read, for the answer."""
    readings: tuple[Readings, ...] = ()
    device: str | None = None
    """The meter, where it speaks of one only."""
    note: str = ""
    problems: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether it was read, and held what its kind should hold."""
        return self.kind is not None and (self.kind not in READ or bool(self.readings))


@dataclass
class _Reading:
    """One message being read."""

    reader: Reader
    received_at: datetime
    problems: dict[str, None] = field(default_factory=dict)
    items: int = 0
    devices: dict[str, None] = field(default_factory=dict)

    def name(self, problem: str | None) -> None:
        if problem is not None:
            self.problems[problem] = None

    def count(self) -> None:
        self.items += 1
        if self.items > self.reader.max_items:
            raise Unreadable("too-many-items")


def read(reader: Reader, payload: bytes, topic: str, received_at: datetime) -> Heard:
    """What a message says, and every problem with it by name."""
    reading = _Reading(reader, received_at)
    levels = tuple(topic.split("/"))
    place, kind = None, None
    made: list[Readings] = []
    note = ""
    try:
        message = document.read(payload, reader.max_depth, reading.name)
        place = Place(levels, message, message)
        kind = _kind(reader.profile, place)
        if kind is None:
            reading.name("unknown-kind")
        elif kind in READ:
            for each in _reports(place, reading, late=kind == "backfill"):
                made += each
        note = _note(reader.profile, kind, place, reading)
    except Unreadable as unreadable:
        made = []
        reading.name(str(unreadable))
    return Heard(
        kind=kind,
        place=place,
        readings=tuple(made),
        device=next(iter(reading.devices)) if len(reading.devices) == 1 else None,
        note=note,
        problems=tuple(reading.problems),
    )


def _kind(profile: Profile, place: Place) -> Kind | None:
    """What the message is for; back-fill where topic and message disagree, as that accuses nobody."""
    if not profile.kind:
        return "data"
    said = [profile.kinds.get(scalar.text(where.one(place)) or "") for where in profile.kind]
    return "backfill" if "backfill" in said else next(filter(None, said), None)


def _note(profile: Profile, kind: Kind | None, place: Place, reading: _Reading) -> str:
    """What stands on the frame: the kind, and of a notice which one, and whose."""
    if kind != "notice":
        return kind or ""
    named = _first(profile.notice, place) or _UNNAMED
    meter = _meter(place, reading)
    if meter is not None:
        reading.devices[meter] = None
    return f"notice {named if _is_short(named) else _UNNAMED}"


# --- the reports ----------------------------------------------------------------------------------


def _reports(place: Place, reading: _Reading, *, late: bool) -> Iterator[list[Readings]]:
    """The readings of each report; what is wrong with one does not touch the others."""
    found = 0
    for report in reading.reader.profile.reports.all(place):
        found += 1
        reading.count()
        try:
            yield _report(report, reading, late=late)
        except Unreadable as unreadable:
            if str(unreadable) == "too-many-items":
                raise
            reading.name(str(unreadable))
    if not found:
        reading.name("no-report")


def _report(place: Place, reading: _Reading, *, late: bool) -> list[Readings]:
    """The report's readings: one of its instant, and one of a span where energy is of a span."""
    profile = reading.reader.profile
    if profile.within_gateway and not _first(profile.gateway, place):
        raise Unreadable("missing-gateway")
    meter = _meter(place, reading)
    if meter is None:
        raise Unreadable("missing-device")
    reading.devices[meter] = None
    when = _time(place, reading)
    values = _values(place, meter, reading)
    if not values:
        raise Unreadable("no-items")
    made = []
    if profile.energy == "interval" and ENERGY in values:
        start = when - timedelta(minutes=profile.interval)
        amount = Layout(((ENERGY, Statistic.TOTAL),))
        given = (values.pop(ENERGY),)
        made.append(Readings(meter, Period.MINUTE, start, when, amount, given, supplementary=late))
    if values:
        layout = Layout(tuple((channel, Statistic.VALUE) for channel in values))
        instant = (Period.REALTIME, when, when, layout, tuple(values.values()))
        made.append(Readings(meter, *instant, supplementary=late))
    return made


def _meter(place: Place, reading: _Reading) -> str | None:
    """The meter's name; None where there is none that can be one."""
    profile = reading.reader.profile
    found = _first(profile.meter, place)
    if found and profile.within_gateway:
        found = f"{_first(profile.gateway, place) or ''}/{found}"
    return found if names_device(found) else None


def _time(place: Place, reading: _Reading) -> datetime:
    profile, zone = reading.reader.profile, reading.reader.zone
    said = (where.one(place) for where in profile.time)
    value = next((each for each in said if each is not MISSING and each is not None), None)
    if value is None:
        raise Unreadable("missing-time")
    when = times.instant(value, profile.time_format, zone)
    if when is None:
        raise Unreadable("bad-time")
    if profile.epoch_is_local and profile.time_format.startswith("epoch"):
        when = _from_wall(when, zone)
    span = None if when is None else times.span(when, Period.REALTIME, zone, 1, marks_end=False)
    if span is None or span[0] > reading.received_at + AHEAD:
        raise Unreadable("implausible-time")
    return span[0]


def _from_wall(when: datetime, zone: tzinfo) -> datetime | None:
    """The instant at which a clock in the zone shows what this one shows in UTC."""
    try:
        return when.replace(tzinfo=zone).astimezone(when.tzinfo)
    except OverflowError:
        return None


# --- the quantities -------------------------------------------------------------------------------


def _values(place: Place, meter: str, reading: _Reading) -> dict[Channel, float]:
    """The numbers by quantity, in the order of the table, as they are on the line."""
    profile = reading.reader.profile
    found: dict[Channel, tuple[str, Any]] = {}
    for item in profile.items.all(place):
        reading.count()
        sent = item.name if profile.code == "*" else scalar.text(profile.code.one(item))
        channel = profile.channels.get(sent or "")
        if channel is None or sent is None:
            continue
        if channel in found:
            reading.name("repeated-item")
            continue
        found[channel] = (sent, profile.value.one(item))
    applied = _ratios(place, meter, reading)
    return {
        channel: number(channel, found[channel][1], profile.factors.get(found[channel][0]),
                        applied, reading.name)
        for channel in TRANSFORMED
        if channel in found and found[channel][1] is not MISSING and applied.know(channel)
    }  # fmt: skip


def _ratios(place: Place, meter: str, reading: _Reading) -> Ratios:
    """By what the report's numbers are still to be multiplied."""
    if reading.reader.primary:
        return Ratios(current=1.0, voltage=1.0, both=1.0)
    profile = reading.reader.profile

    def said(where: tuple[Path, ...]) -> Any:
        return next((v for w in where if (v := w.one(place)) is not MISSING), MISSING)

    return ratios(said(profile.ct), said(profile.pt), reading.reader.ratio(meter), reading.name)


def _first(where: tuple[Path, ...], place: Place) -> str | None:
    """The first text that stands at one of the places."""
    return next(filter(None, (scalar.text(each.one(place)) for each in where)), None)


def _is_short(name: str) -> bool:
    return len(name) <= _NAME_LIMIT and text.is_name(name)
