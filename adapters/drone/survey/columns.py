"""Which column is which: a header row against a profile."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.drone.survey.profile import Headers, Profile
from adapters.drone.survey.quantity import Unit, unit
from adapters.drone.survey.table import Cell, Row
from monitor.units import factor

_NAME_AND_UNIT = re.compile(r"(.+?)[\s_/]*[(\[【]([^(\[【]+)[)\]】]")


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of measurements."""

    index: int
    pollutant: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the parts of a row stand."""

    time: int
    date: int | None
    longitude: int
    latitude: int
    height: int | None
    values: tuple[ValueColumn, ...]
    wind_speed: int | None
    wind_factor: float
    """To m/s."""
    wind_direction: int | None


@dataclass(frozen=True, slots=True)
class _Header:
    index: int
    unit: str | None


def columns(row: Row, profile: Profile, problems: Counter[str]) -> Columns | None:
    """The columns that a row names; None where it is not the header. The problems are counted."""
    headers = _headers(row)

    def find(names: Headers | None) -> int | None:
        found = _find(headers, names)
        return None if found is None else found.index

    time, longitude, latitude = map(find, (profile.time, profile.longitude, profile.latitude))
    values = [value for value in profile.values if _find(headers, value.column)]
    date = find(profile.date)
    if time is None or longitude is None or latitude is None or not values:
        return None
    if profile.date and date is None:
        return None
    speed = _find(headers, profile.wind_speed)
    optional = (profile.height, profile.wind_speed, profile.wind_direction)
    lacking = len(profile.values) - len(values)
    lacking += sum(names is not None and find(names) is None for names in optional)
    problems.update({"missing-column": lacking} if lacking else {})
    return Columns(
        time=time,
        date=date,
        longitude=longitude,
        latitude=latitude,
        height=find(profile.height),
        values=_values(headers, profile, problems),
        wind_speed=find(profile.wind_speed),
        wind_factor=_wind_factor(speed, profile),
        wind_direction=find(profile.wind_direction),
    )


def _values(
    headers: Mapping[str, _Header], profile: Profile, problems: Counter[str]
) -> tuple[ValueColumn, ...]:
    """The columns of measurements whose unit is known: the header's own before the profile's."""
    found = []
    for value in profile.values:
        header = _find(headers, value.column)
        if header is None:
            continue
        written = None if header.unit is None else unit(header.unit)
        stated = None if value.unit is None else unit(value.unit)
        known = written or stated
        if known is None:
            problems["no-unit"] += 1
            continue
        if written and stated and written != stated:
            problems["unit-by-header"] += 1
        found.append(ValueColumn(header.index, value.pollutant, known))
    return tuple(found)


def _headers(row: Sequence[Cell]) -> dict[str, _Header]:
    """By every name that a header may go by: with its unit, and without."""
    found: dict[str, _Header] = {}
    for index, cell in enumerate(row):
        if not isinstance(cell, str):
            continue
        plain = _fold(cell)
        parts = _NAME_AND_UNIT.fullmatch(plain)
        header = _Header(index, parts[2] if parts else None)
        for name in (plain, parts[1] if parts else plain):
            found.setdefault(name, header)
    return found


def _find(headers: Mapping[str, _Header], names: Iterable[str] | None) -> _Header | None:
    return next((headers[name] for name in map(_fold, names or ()) if name in headers), None)


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _wind_factor(header: _Header | None, profile: Profile) -> float:
    written = header.unit if header and header.unit else profile.wind_speed_unit
    return factor(written, "m/s") or factor(profile.wind_speed_unit, "m/s") or 1.0
