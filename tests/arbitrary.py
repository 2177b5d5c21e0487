"""Arbitrary books, of whatever a register can hold, with references that hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from hypothesis import strategies as st

from monitor.books import Books, Row, Wrong, key_of
from monitor.observation import JUDGED
from monitor.pollutants import get
from monitor.register import (
    Basis,
    Camera,
    Enterprise,
    Instrument,
    Limit,
    Listing,
    Medium,
    Meter,
    Officer,
    Outlet,
)
from monitor.registry.cells import Code, Kind, Text
from tests.registers import mn, uscc

T = TypeVar("T")

BOUNDARIES = [
    "POLYGON((1 1, 2 1, 2 2, 1 1))",
    "POLYGON ((112.1 36.1,112.2 36.1,112.2 36.2,112.1 36.1))",
]
_NASTY = [
    "=1+1",
    "+8",
    "-",
    "@x",
    "'",
    "'=x",
    "''@",
    '"',
    ",",
    ";",
    "0012",
    "＝",
    "TRUE",
    "_x0041_",
]


def _held(kind: Kind) -> st.SearchStrategy[str]:
    """What a column of this kind makes of anything that can be typed into it."""

    def parsed(text: str) -> str:
        try:
            return str(kind.parse(text) or "甲")
        except Wrong:
            return "乙"

    nasty = st.sampled_from(_NASTY)
    typed = nasty | st.text(max_size=10) | st.builds("{}{}".format, nasty, st.text(max_size=4))
    return typed.map(parsed)


texts, codes = _held(Text()), _held(Code())
numbers = st.floats(-1e12, 1e12)
dates = st.dates(date(1949, 10, 1), date(2999, 12, 31))
pollutants = st.sampled_from(["a21026", "a34013", "w01001", "a99999z"])
places = st.just((None, None)) | st.tuples(st.floats(60, 180), st.floats(-90, 90))


def _maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def _ascending(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    low, high = pair
    return (low, high) if low is None or high is None or low < high else (high, low)


def _bounds(values: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T | None, T | None]]:
    pairs = st.tuples(_maybe(values), _maybe(values))
    return pairs.filter(lambda pair: pair[0] is None or pair[0] != pair[1]).map(_ascending)


_spans = st.tuples(dates, _maybe(dates)).map(_ascending)


@st.composite
def enterprises(draw: st.DrawFn, code: str) -> Enterprise:
    longitude, latitude = draw(places)
    return Enterprise(
        uscc=code,
        name=draw(texts),
        district=draw(st.sampled_from(["东区", "西区"]) | texts),
        industry=draw(_maybe(texts)),
        longitude=longitude,
        latitude=latitude,
        boundary=draw(_maybe(st.sampled_from(BOUNDARIES))),
        key_unit=draw(st.booleans()),
    )


@st.composite
def outlets(draw: st.DrawFn, device: str, owners: list[str]) -> Outlet:
    return Outlet(
        mn=device,
        uscc=draw(st.sampled_from(owners)),
        code=draw(codes),
        name=draw(_maybe(texts)),
        medium=draw(st.sampled_from(Medium)),
        standard=draw(_maybe(texts)),
        reference_oxygen=draw(_maybe(st.floats(0, 20.9))),
        kind=draw(_maybe(texts)),
        password=draw(_maybe(codes)),
    )


@st.composite
def instruments(draw: st.DrawFn, devices: list[str]) -> Instrument:
    low, high = draw(_bounds(numbers))
    pollutant = draw(pollutants)
    listed = get(pollutant)
    return Instrument(
        mn=draw(st.sampled_from(devices)),
        pollutant=pollutant,
        range_low=low,
        range_high=high,
        detection_limit=draw(_maybe(st.floats(0, 1e3))),
        unit=draw(_maybe(st.just(listed.unit or "无量纲") if listed else texts)),
    )


@st.composite
def limits(draw: st.DrawFn, devices: list[str]) -> Limit:
    lower, upper = draw(_bounds(numbers).filter(lambda pair: pair != (None, None)))
    first, last = draw(_spans)
    return Limit(
        mn=draw(st.sampled_from(devices)),
        pollutant=draw(pollutants),
        period=draw(st.sampled_from(JUDGED)),
        limit=upper,
        lower=lower,
        basis=draw(st.sampled_from(Basis)),
        clause=draw(texts),
        valid_from=first,
        valid_to=last,
    )


@st.composite
def listings(draw: st.DrawFn, owners: list[str]) -> Listing:
    first, last = draw(_spans)
    return Listing(
        uscc=draw(st.sampled_from(owners)),
        category=draw(st.sampled_from(["1", "6", "重点帮扶"])),
        listed_from=first,
        listed_until=last,
        document=draw(_maybe(texts)),
    )


@st.composite
def cameras(draw: st.DrawFn, owners: list[str]) -> Camera:
    longitude, latitude = draw(places)
    return Camera(
        camera=draw(codes),
        uscc=draw(st.sampled_from(owners)),
        adapter=draw(codes),
        longitude=longitude,
        latitude=latitude,
    )


@st.composite
def meters(draw: st.DrawFn, owners: list[str], devices: list[str]) -> Meter:
    return Meter(
        meter=draw(codes),
        uscc=draw(st.sampled_from(owners)),
        facility=draw(st.sampled_from(["production", "treatment"])),
        rated_kw=draw(_maybe(st.floats(0, 1e6))),
        mn=draw(_maybe(st.sampled_from(devices))) if devices else None,
        line=draw(_maybe(texts)),
        ratio=draw(_maybe(st.floats(0.001, 1e6))),
    )


@st.composite
def books(draw: st.DrawFn) -> Books:
    """Books in which every reference holds and no row is there twice."""

    def some(sheet: str, strategy: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        key: Callable[[Row], Any] = lambda row: key_of(sheet, row)  # noqa: E731  # a keyed list
        return tuple(draw(st.lists(strategy, max_size=4, unique_by=key)))

    owners = [uscc(number) for number in draw(st.sets(st.integers(1, 4)))]
    devices = [mn(number) for number in draw(st.sets(st.integers(1, 4)))] if owners else []
    officers = st.builds(Officer, licence=codes, name=texts, district=texts)
    return Books(
        enterprises=tuple(draw(enterprises(code)) for code in owners),
        outlets=tuple(draw(outlets(device, owners)) for device in devices),
        instruments=some("instruments", instruments(devices)) if devices else (),
        officers=some("officers", officers),
        limits=some("limits", limits(devices)) if devices else (),
        listings=some("positive_list", listings(owners)) if owners else (),
        cameras=some("cameras", cameras(owners)) if owners else (),
        meters=some("meters", meters(owners, devices)) if owners else (),
    )
