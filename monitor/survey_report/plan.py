"""The map of a survey as SVG, by hand: boundaries, tracks by their values, cameras, findings. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from monitor.geodesy import Plane

WIDTH, HEIGHT = 960, 640
_MARGIN = 40
_LEAST = 50.0
"""Metres that the map shows at least."""
COLOURS = ("#2c7bb6", "#7fb8d4", "#f2c84b", "#f08a3c", "#c4161c")
"""From low to high."""
_PLAIN, _BOUNDARY, _MARK, _CAMERA = "#777777", "#333333", "#6a3d9a", "#1b7837"


@dataclass(frozen=True, slots=True)
class Substance:
    """By whose values tracks are coloured, and the highest of them."""

    pollutant: str
    unit: str
    highest: float

    def colour(self, value: float | None) -> str:
        """Of a value; that of nothing for none."""
        if value is None or self.highest <= 0:
            return _PLAIN
        share = value / self.highest
        return COLOURS[min(max(int(share * len(COLOURS)), 0), len(COLOURS) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is on the map; positions in WGS-84."""

    boundaries: Mapping[str, str]
    """WKT by the enterprise's name."""
    drawings: Sequence[Mapping[str, Any]]
    cameras: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any] | None]]
    """Number, where the camera was, where that is what it shows."""
    findings: Sequence[tuple[int, Mapping[str, Any]]]
    """Number and place."""
    substance: Substance | None


def draw(scene: Scene, scale_text: str) -> str | None:
    """The map; `scale_text` has `{metres}`. None where nothing has a place."""
    points = list(_points(scene))
    if not points:
        return None
    frame = _Frame(np.array(points))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fbfbf8" stroke="#bbb"/>',
        *_boundaries(frame, scene.boundaries),
        *(line for drawing in scene.drawings for line in _drawing(frame, drawing, scene)),
        *(line for camera in scene.cameras for line in _camera(frame, *camera)),
        *(line for finding in scene.findings for line in _finding(frame, *finding)),
        frame.scale(scale_text),
        "</svg>",
    ]
    return "".join(parts)


def _points(scene: Scene) -> Iterator[tuple[float, float]]:
    """Every position that the map must show; boundaries are shown as far as they reach into it."""
    for drawing in scene.drawings:
        yield from ((p[0], p[1]) for p in drawing.get("points", ()))
        for feature in drawing.get("features", ()):
            shape = shapely.geometry.shape(feature["geometry"])
            yield from map(tuple, shapely.get_coordinates(shape).tolist())
    for _, place, seen in scene.cameras:
        yield from (_at(each) for each in (place, seen) if each is not None)
    yield from (_at(place) for _, place in scene.findings)


def _at(place: Mapping[str, Any]) -> tuple[float, float]:
    return place["longitude"], place["latitude"]


class _Frame:
    """From degrees to places on the picture."""

    def __init__(self, points: Any) -> None:
        low, high = points.min(axis=0), points.max(axis=0)
        self._plane = Plane(*((low + high) / 2).tolist())
        x, y = self._plane.project(points[:, 0], points[:, 1])
        reach_x = max(float(np.nanmax(np.abs(x))), _LEAST / 2)
        reach_y = max(float(np.nanmax(np.abs(y))), _LEAST / 2)
        inside = (WIDTH / 2 - _MARGIN, HEIGHT / 2 - _MARGIN)
        self._pixels = min(inside[0] / reach_x, inside[1] / reach_y)

    def at(self, longitude: Any, latitude: Any) -> list[tuple[float, float]]:
        """Pixels of positions, those beyond the earth's edge left out."""
        x, y = self._plane.project(longitude, latitude)
        across = WIDTH / 2 + np.atleast_1d(x) * self._pixels
        down = HEIGHT / 2 - np.atleast_1d(y) * self._pixels
        far = 50.0 * WIDTH
        both = zip(
            np.clip(across, -far, far).tolist(), np.clip(down, -far, far).tolist(), strict=True
        )
        return [(a, b) for a, b in both if not (math.isnan(a) or math.isnan(b))]

    def scale(self, text: str) -> str:
        """A bar of a round length."""
        most = 200 / self._pixels
        power = 10 ** math.floor(math.log10(most))
        metres = max(n * power for n in (1, 2, 5) if n * power <= most)
        end, y = 20 + metres * self._pixels, HEIGHT - 16
        label = escape(text.format(metres=f"{metres:g}"))
        return (
            f'<path d="M20 {y - 6}V{y}H{end:.1f}V{y - 6}" fill="none" stroke="#222"/>'
            f'<text x="{end + 6:.1f}" y="{y}" font-size="13">{label}</text>'
        )


def _path(frame: _Frame, shape: BaseGeometry, style: str) -> Iterator[str]:
    """Lines and rings of a shape; points as small squares."""
    for part in shapely.get_parts([shape]).tolist():
        if hasattr(part, "geoms"):
            for member in part.geoms:
                yield from _path(frame, member, style)
        elif part.geom_type == "Point":
            for x, y in frame.at(part.x, part.y):
                yield f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" {style}/>'
        else:
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            lines = " ".join(_line(frame, shapely.get_coordinates(ring)) for ring in rings)
            yield f'<path d="{lines}" {style}/>'


def _line(frame: _Frame, at: Any) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in frame.at(at[:, 0], at[:, 1]))


def _boundaries(frame: _Frame, boundaries: Mapping[str, str]) -> Iterator[str]:
    style = f'fill="#eee7d5" fill-opacity=".6" stroke="{_BOUNDARY}" stroke-width="1.5"'
    for name, written in boundaries.items():
        shape = shapely.from_wkt(written, on_invalid="ignore")
        if shape is None or shape.is_empty:
            continue
        yield from _path(frame, shape, style)
        middle = shape.representative_point()
        for x, y in frame.at(middle.x, middle.y):
            where = f'x="{x:.1f}" y="{y:.1f}" font-size="14" text-anchor="middle"'
            yield f"<text {where}>{escape(name)}</text>"


def _drawing(frame: _Frame, drawing: Mapping[str, Any], scene: Scene) -> Iterator[str]:
    for feature in drawing.get("features", ()):
        marked = feature["label"] is not None
        colour = _MARK if marked else _PLAIN
        style = f'fill="{colour}" fill-opacity=".12" stroke="{colour}"'
        yield from _path(frame, shapely.geometry.shape(feature["geometry"]), style)
    yield from _track(frame, drawing, scene.substance)


def _track(frame: _Frame, drawing: Mapping[str, Any], substance: Substance | None) -> Iterator[str]:
    """A line for every run of points of one colour."""
    points = drawing.get("points", ())
    column = _column(drawing, substance)
    run: list[Sequence[Any]] = []
    last = ""
    for point in points:
        value = None if column is None else point[column]
        colour = _PLAIN if substance is None else substance.colour(value)
        if run and colour != last:
            yield _run(frame, [*run, point], last)
            run = []
        run.append(point)
        last = colour
    if run:
        yield _run(frame, run, last)


def _column(drawing: Mapping[str, Any], substance: Substance | None) -> int | None:
    for index, series in enumerate(drawing.get("series", ())):
        if substance and (series["pollutant"], series["unit"]) == (
            substance.pollutant,
            substance.unit,
        ):
            return index + 2
    return None


def _run(frame: _Frame, points: Sequence[Sequence[Any]], colour: str) -> str:
    at = np.array([(p[0], p[1]) for p in points], dtype=np.float64)
    style = f'fill="none" stroke="{colour}" stroke-width="3.5" stroke-linecap="round"'
    return f'<path d="{_line(frame, at)}" {style}/>'


def _camera(
    frame: _Frame, number: int, place: Mapping[str, Any], seen: Mapping[str, Any] | None
) -> Iterator[str]:
    for x, y in frame.at(*_at(place)):
        if seen is not None:
            for a, b in frame.at(*_at(seen)):
                style = f'stroke="{_CAMERA}" stroke-dasharray="3 2"'
                yield f'<path d="M{x:.1f} {y:.1f}L{a:.1f} {b:.1f}" {style}/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#fff" stroke="{_CAMERA}" stroke-width="2"/>'
        yield f'<text x="{x + 7:.1f}" y="{y - 5:.1f}" font-size="11" fill="{_CAMERA}">{number}</text>'


def _finding(frame: _Frame, number: int, place: Mapping[str, Any]) -> Iterator[str]:
    for x, y in frame.at(*_at(place)):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="#c4161c" stroke="#fff" stroke-width="2"/>'
        yield (
            f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="12" font-weight="700" fill="#fff" '
            f'text-anchor="middle">{number}</text>'
        )


def legend(substance: Substance, title: str) -> str:
    """What the colours mean."""
    step = substance.highest / len(COLOURS)
    cells = "".join(
        f'<span class="swatch" style="background:{colour}"></span>{n * step:.3g}–{(n + 1) * step:.3g} '
        for n, colour in enumerate(COLOURS)
    )
    return f'<p class="legend">{escape(title)}: {cells}</p>'


def substance_of(
    drawings: Iterable[Mapping[str, Any]], found: Iterable[Mapping[str, Any]]
) -> Substance | None:
    """The substance to colour by: the first that has a hot spot, else the first measured."""
    highest: dict[tuple[str, str], float] = {}
    for drawing in drawings:
        for index, series in enumerate(drawing.get("series", ())):
            key = series["pollutant"], series["unit"]
            values = (p[index + 2] for p in drawing["points"] if p[index + 2] is not None)
            highest[key] = max([highest.get(key, 0.0), *values])
    hot = [(d.get("pollutant", ""), d.get("unit", "")) for d in found]
    for key in (*hot, *highest):
        if key in highest:
            return Substance(*key, highest[key])
    return None
