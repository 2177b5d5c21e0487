"""From the headings of a table to what its columns are. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.observations.profile import STATISTICS, Profile, factor, table_unit
from adapters.observations.tables import Unreadable
from monitor.observation import Statistic

_BLANK = re.compile("[\\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_BRACKETS = re.compile(r"(.+?)[(\[]([^()\[\]]*)[)\]]")
_A_UNIT = re.compile(r"[0-9A-Za-zµμ°℃%‰/·.^*³²⁻-]+")
_ORDER = {statistic: n for n, statistic in enumerate(Statistic)}


def fold(heading: str) -> str:
    """Headings that are the same to a reader."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", heading)).casefold()


@dataclass(frozen=True, slots=True)
class Number:
    """A column of numbers."""

    index: int
    code: str
    """The pollutant; empty in a long table."""
    statistic: Statistic
    factor: float | None
    """To the table's unit; None where no unit is said."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Where everything stands."""

    headings: tuple[str, ...]
    device: int | None
    time: tuple[int, ...]
    period: int | None
    flag: int | None
    numbers: tuple[Number, ...]
    flags: dict[str, int]
    """Columns of marks by pollutant."""
    pollutant: int | None
    unit: int | None


def bind(
    headings: Sequence[object], profile: Profile, *, device_known: bool = False
) -> Binding | None:
    """The binding, None where these are not the headings; raises Unreadable where they contradict."""
    names = tuple("" if each is None else str(each).strip() for each in headings)
    places: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name:
            places.setdefault(fold(name), []).append(index)
    device, time = _one(profile.device, places), _one(profile.time, places)
    pollutant = _one(profile.pollutant, places)
    if profile.wide:
        numbers, flags = _wide(names, places, profile)
    else:
        numbers, flags = _long(places, profile), {}
    period = _one(profile.period_column, places)
    lacking = (device is None and not device_known, time is None, not numbers)
    if any(lacking) or time is None or (not profile.wide and pollutant is None):
        return None
    if profile.period_column and period is None:
        return None
    clock = _one(profile.time_of_day, places)
    return Binding(
        headings=names,
        device=device,
        time=(time,) if clock is None else (time, clock),
        period=period,
        flag=_one(profile.flag, places),
        numbers=numbers,
        flags=flags,
        pollutant=pollutant,
        unit=_one(profile.unit_column, places),
    )


def _one(wanted: Iterable[str], places: dict[str, list[int]]) -> int | None:
    """Where the first heading that is there stands."""
    for each in wanted:
        found = places.get(fold(each))
        if found is not None:
            if len(found) > 1:
                raise Unreadable("heading-twice", each)
            return found[0]
    return None


def _wide(
    names: Sequence[str], places: dict[str, list[int]], profile: Profile
) -> tuple[tuple[Number, ...], dict[str, int]]:
    wanted = {fold(heading): heading for heading in profile.columns}
    numbers: dict[str, Number] = {}
    flags: dict[str, int] = {}
    for index, name in enumerate(names):
        heading, unit = _matched(fold(name), wanted)
        if heading is None:
            continue
        if heading in numbers or heading in flags or len(places[fold(name)]) > 1:
            raise Unreadable("heading-twice", name)
        column = profile.columns[heading]
        if column.means == "flag":
            flags[heading] = index
            continue
        statistic = STATISTICS[column.means]
        if unit is not None and not _is_unit(unit, column.code, statistic):
            continue  # another column: 二氧化硫(折算)
        by = _factor(name, column.code, statistic, column.unit, unit)
        numbers[heading] = Number(index, column.code, statistic, by)
    in_order = sorted(numbers.values(), key=lambda n: (n.code, _ORDER[n.statistic]))
    return tuple(in_order), {profile.columns[h].code: index for h, index in flags.items()}


def _matched(name: str, wanted: dict[str, str]) -> tuple[str | None, str | None]:
    """The profile's heading that a table's is, and the unit that stands behind it in brackets."""
    if name in wanted:
        return wanted[name], None
    match = _BRACKETS.fullmatch(name)
    if match is not None and match[1] in wanted:
        return wanted[match[1]], match[2]
    return None, None


def _is_unit(shown: str, code: str, statistic: Statistic) -> bool:
    """Whether what stands in brackets is meant for a unit, also one that does not fit."""
    if _A_UNIT.fullmatch(shown):
        return True
    return table_unit(code, statistic) is not None and factor(shown, code, statistic) is not None


def _factor(
    name: str, code: str, statistic: Statistic, said: str | None, shown: str | None
) -> float | None:
    """By what a column's numbers are multiplied: by the profile's unit, or else the heading's."""
    of_heading = None if shown is None else factor(shown, code, statistic)
    if shown is not None and of_heading is None:
        raise Unreadable("unknown-unit", name)
    of_profile = None if said is None else factor(said, code, statistic)
    if of_heading is not None and of_profile is not None and of_heading != of_profile:
        raise Unreadable("unit-contradiction", f"{name}: {said}")
    return of_heading if of_profile is None else of_profile


def _long(places: dict[str, list[int]], profile: Profile) -> tuple[Number, ...]:
    found = ((s, _one(headings, places)) for s, headings in profile.numbers().items())
    return tuple(Number(index, "", s, None) for s, index in found if index is not None)
