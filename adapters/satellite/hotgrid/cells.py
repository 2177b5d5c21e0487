"""A row of a list as a cell of the grid: its columns by their names, its place, its period. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from adapters.satellite.hotgrid import period
from adapters.satellite.hotgrid.period import Span
from monitor.geodesy import Plane, distances
from monitor.survey import line

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "grid": ("grid_id", "grid", "gridid", "id", "name", "网格编号", "网格号", "网格id", "网格"),
    "longitude": ("longitude", "lon", "lng", "center_lon", "经度", "中心经度", "中心点经度"),
    "latitude": ("latitude", "lat", "center_lat", "纬度", "中心纬度", "中心点纬度"),
    "west": ("west", "min_lon", "最小经度", "西边界"),
    "south": ("south", "min_lat", "最小纬度", "南边界"),
    "east": ("east", "max_lon", "最大经度", "东边界"),
    "north": ("north", "max_lat", "最大纬度", "北边界"),
    "shape": ("wkt", "polygon", "geometry", "范围", "边界"),
    "size": ("size", "cell_size", "网格大小", "网格边长", "边长"),
    "period": ("period", "date", "时段", "统计时段", "时间", "日期"),
    "month": ("month", "月份", "统计月份", "年月"),
    "start": ("start", "from", "开始", "开始时间", "开始日期"),
    "end": ("end", "to", "结束", "结束时间", "结束日期"),
    "pollutant": ("pollutant", "污染物", "因子", "指标"),
    "kind": ("kind", "rank_kind", "类型", "类别", "榜单", "热点类型"),
    "rank": ("rank", "排名", "名次"),
    "value": ("value", "数值", "浓度", "均值", "月均值", "月均浓度"),
    "city": ("city", "城市", "地市", "市"),
    "county": ("county", "district", "县区", "区县", "县"),
}
"""What a column is, by what it may be called; units in brackets behind it do not matter."""
_UNITS = re.compile(r"[(（\[].*")
_KILO = re.compile(r"km|公里|千米", re.IGNORECASE)
_LONGEST = 100
_WIDEST = 2
"""Degrees; such an area is no cell."""
_CORNERS = 200
"""Of a shape with more its bounds are kept."""


class Unfit(Exception):
    """A row that is no cell; its text is the problem."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A hot cell."""

    grid: str
    longitude: float
    latitude: float
    """Its middle."""
    accuracy: float
    """Metres from there to its corners."""
    area: str
    """WKT, in the list's own system."""
    span: Span
    pollutant: str
    kind: str
    details: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The same for a list that is handed in again, or corrected."""
        start, end = (f"{at:%Y%m%d}" for at in self.span)
        return f"{self.grid}|{self.pollutant}|{self.kind}|{start}-{end}"


@dataclass(slots=True)
class Terms:
    """How a list is read."""

    zone: tzinfo
    cell_metres: float
    period: str
    """Where a row has none."""
    problems: dict[str, None] = field(default_factory=dict)


def named(header: Iterable[Any]) -> dict[str, tuple[int, str]]:
    """Which columns a header has: their numbers, and how they are written."""
    found: dict[str, tuple[int, str]] = {}
    for number, cell in enumerate(header):
        written = str(cell or "").strip().lower()
        name = _UNITS.sub("", written).strip().replace(" ", "_")
        for field_, names in COLUMNS.items():
            if name in names:
                found.setdefault(field_, (number, written))
    return found


def placeable(columns: Iterable[str]) -> bool:
    """Whether there are columns for a place."""
    had = set(columns)
    box = {"west", "south", "east", "north"} <= had
    return box or "shape" in had or {"longitude", "latitude"} <= had


def cell(row: Mapping[str, Any], kilo: bool, shape: BaseGeometry | None, terms: Terms) -> Cell:
    """A row's, by what its columns are; `kilo`: sizes are in km. Raises Unfit."""
    area = _area(row, kilo, shape, terms)
    x, y = round(area.centroid.x, 6), round(area.centroid.y, 6)
    at = shapely.get_coordinates(area)
    reach = float(np.max(distances(at[:, 0], at[:, 1], x, y)))
    grid = text(row.get("grid"))
    if not grid:
        terms.problems["no-grid"] = None
        grid = f"{x:.4f},{y:.4f}"
    said = {name: text(row.get(name)) for name in ("city", "county")}
    numbers = {name: _number(row.get(name), terms) for name in ("rank", "value")}
    return Cell(
        grid=grid,
        longitude=x,
        latitude=y,
        accuracy=round(reach, 1),
        area=str(shapely.to_wkt(area, rounding_precision=6)),
        span=_span(row, terms),
        pollutant=text(row.get("pollutant")),
        kind=text(row.get("kind")),
        details={k: v for k, v in (said | numbers).items() if v not in (None, "")},
    )


def kilometres(columns: Mapping[str, tuple[int, str]]) -> bool:
    """Whether the column of sizes says that it is in km."""
    return "size" in columns and _KILO.search(columns["size"][1]) is not None


def text(value: Any) -> str:
    """What stands in a cell, on one line; whole numbers as people write them."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime):
        value = value.isoformat(" ")
    return line(str(value))[:_LONGEST].strip()


def _area(
    row: Mapping[str, Any], kilo: bool, shape: BaseGeometry | None, terms: Terms
) -> BaseGeometry:
    if shape is None and row.get("shape"):
        shape = shapely.from_wkt(str(row["shape"]), on_invalid="ignore")
    if shape is not None and shape.geom_type == "Point" and not shape.is_empty:
        row = {**row, "longitude": shape.x, "latitude": shape.y}
    elif shape is not None:
        return _sound(shape)
    bounds = [_plain(row.get(name)) for name in ("west", "south", "east", "north")]
    if None not in bounds:
        return _sound(shapely.box(*bounds))
    x, y = _plain(row.get("longitude")), _plain(row.get("latitude"))
    if x is None or y is None:
        raise Unfit("bad-place")
    _sound(shapely.box(x - 0.001, y - 0.001, x + 0.001, y + 0.001))
    return _square(x, y, _size(row, kilo, terms))


def _sound(shape: BaseGeometry) -> BaseGeometry:
    """An area on earth that is no larger than a cell may be."""
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.area > 0:
        raise Unfit("bad-place")
    west, south, east, north = shape.bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise Unfit("bad-place")
    if max(east - west, north - south) > _WIDEST:
        raise Unfit("bad-place")
    return shape if shapely.get_num_coordinates(shape) <= _CORNERS else shape.envelope


def _square(x: float, y: float, side: float) -> BaseGeometry:
    half = np.array([-1, 1, 1, -1]) * side / 2, np.array([-1, -1, 1, 1]) * side / 2
    corners = Plane(x, y).unproject(*half)
    return shapely.Polygon(np.column_stack(corners))


def _size(row: Mapping[str, Any], kilo: bool, terms: Terms) -> float:
    written = text(row.get("size")).lower()
    digits = re.match(r"[0-9.]+", written)
    number = _plain(digits[0]) if digits else None
    if number is not None:
        number *= 1000 if kilo or _KILO.search(written) else 1
        if 1 <= number <= 100_000:
            return number
    terms.problems["size-assumed"] = None
    return terms.cell_metres


def _span(row: Mapping[str, Any], terms: Terms) -> Span:
    start, end = text(row.get("start")), text(row.get("end"))
    if start and end:
        first, last = period.read(start, terms.zone), period.read(end, terms.zone)
        found = (first[0], last[1]) if first and last and first[0] <= last[1] else None
    elif month := text(row.get("month")):
        found = period.read(month, terms.zone, month=True)
    else:
        found = period.read(text(row.get("period")) or terms.period, terms.zone)
    if found is None:
        raise Unfit("bad-period")
    return found


def _number(value: Any, terms: Terms) -> float | None:
    found = _plain(value)
    if found is None and text(value):
        terms.problems["bad-value"] = None
    return found


def _plain(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None
