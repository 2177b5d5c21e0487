"""A line chart as SVG, by hand: values against their limit over time. Pure; nothing external in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from html import escape

from monitor.clock import day_start, from_ms, to_ms

Span = tuple[int, int, float]
"""From, until (ms), and how much."""
Over = tuple[int, int, float, float]
"""An exceeding period: from, until (ms), the value, and the bound that it is beyond."""

WIDTH, HEIGHT = 960, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 20, 64, 52
_MOST = 1200
"""Of more values than this, the highest of each bucket is drawn."""
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_STEPS = [n * _MINUTE for n in (1, 2, 5, 10, 15, 30)]
_STEPS += [n * _HOUR for n in (1, 2, 3, 6, 12)]
_STEPS += [n * _DAY for n in (1, 2, 5, 10, 30, 90, 180, 365, 730, 1825)]
_LINE, _OVER, _BOUND, _MARK, _GRID = "#1f5a96", "#c62828", "#222222", "#8a6d1a", "#dddddd"
_FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',"
_FONT += "'WenQuanYi Zen Hei',sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the chart says."""

    title: str
    unit: str
    values: str
    over: str
    bound: str
    marked: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn, from `start_ms` to `end_ms`."""

    start_ms: int
    end_ms: int
    values: Sequence[Span]
    over: Sequence[Over]
    bounds: Sequence[Span]
    marked: Sequence[tuple[int, int]]
    gap_ms: int
    """Values further apart are not joined."""
    words: Words
    zone: tzinfo


class _Scale:
    """From time and value to places on the picture."""

    def __init__(self, drawing: Drawing) -> None:
        self.start, self.end = drawing.start_ms, max(drawing.end_ms, drawing.start_ms + 1)
        shown = [b for b in drawing.bounds if b[1] > self.start and b[0] < self.end]
        numbers = [v for _, _, v in (*drawing.values, *shown)]
        numbers += [n for _, _, value, bound in drawing.over for n in (value, bound)]
        low, high = min(0.0, *numbers, 0.0), max(0.0, *numbers, 0.0)
        self.step = _nice((high - low) / 5 or 1.0)
        self.low = math.floor(low / self.step) * self.step
        self.high = (math.floor(high / self.step + 0.2) + 1) * self.step

    def x(self, ms: int) -> float:
        inside = min(max(ms, self.start), self.end) - self.start
        return _LEFT + inside / (self.end - self.start) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + n * self.step for n in range(count + 1)]


def _nice(rough: float) -> float:
    """The next of 1, 2, 2.5, 5 × a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((n * power for n in (1, 2, 2.5, 5) if n * power >= rough), 10 * power)


def draw(drawing: Drawing) -> str:
    """The chart as one `<svg>` element."""
    scale = _Scale(drawing)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="{_FONT}" font-size="12">',
        f"<title>{escape(drawing.words.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_marked(drawing, scale),
        *_axes(drawing, scale),
        *_over(drawing, scale),
        *_line(drawing, scale),
        *_bounds(drawing, scale),
        *_legend(drawing),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _text(x: float, y: float, text: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, more: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {more}/>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="{colour}"{more}/>'


def _axes(drawing: Drawing, scale: _Scale) -> Iterator[str]:
    base, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    for value in scale.ticks():
        y = scale.y(value)
        yield _rule(_LEFT, y, right, y, _GRID)
        yield _text(_LEFT - 8, y + 4, number(value), "end")
    for ms, label in ticks(drawing.start_ms, drawing.end_ms, drawing.zone):
        x = scale.x(ms)
        yield _rule(x, base, x, base + 5, "#444444")
        yield _text(x, base + 19, label, "middle")
    yield _rule(_LEFT, base, right, base, "#444444")
    yield _rule(_LEFT, _TOP, _LEFT, base, "#444444")
    yield _text((_LEFT + right) / 2, HEIGHT - 10, drawing.words.time, "middle", ' fill="#555555"')
    yield _text(_LEFT - 8, _TOP - 10, drawing.words.unit, "end")


def _marked(drawing: Drawing, scale: _Scale) -> Iterator[str]:
    for start, end in drawing.marked[:_MOST]:
        x = scale.x(start)
        width = max(scale.x(end) - x, 1.5)
        yield _rect(x, _TOP, width, HEIGHT - _TOP - _BOTTOM, f'fill="{_MARK}" fill-opacity="0.2"')


def _over(drawing: Drawing, scale: _Scale) -> Iterator[str]:
    """The exceeding periods: from the bound up (or down) to the value."""
    for start, end, value, bound in drawing.over[:_MOST]:
        x, top, bottom = scale.x(start), *sorted((scale.y(value), scale.y(bound)))
        width = max(scale.x(end) - x, 2.0)
        yield _rect(x, top, width, max(bottom - top, 1.0), f'fill="{_OVER}" fill-opacity="0.35"')
        yield _rule(x, scale.y(value), x + width, scale.y(value), _OVER, ' stroke-width="3"')


def _line(drawing: Drawing, scale: _Scale) -> Iterator[str]:
    """The values: a step a period, joined where nothing is missing between."""
    path, before = [], None
    for start, end, value in _thinned(drawing.values):
        joined = before is not None and start - before <= drawing.gap_ms
        y = scale.y(value)
        path.append(f"{'L' if joined else 'M'}{scale.x(start):.1f},{y:.1f}")
        path.append(f"L{scale.x(max(end, start)):.1f},{y:.1f}")
        before = max(end, start)
    if path:
        look = f'fill="none" stroke="{_LINE}" stroke-width="1.6" stroke-linecap="square"'
        yield f'<path d="{" ".join(path)}" {look}/>'


def _bounds(drawing: Drawing, scale: _Scale) -> Iterator[str]:
    for start, end, value in drawing.bounds:
        if end > scale.start and start < scale.end:
            y, look = scale.y(value), ' stroke-width="1.6" stroke-dasharray="7 4"'
            yield _rule(scale.x(start), y, scale.x(end), y, _BOUND, look)
            x = scale.x(end) - 4
            halo = ' stroke="#ffffff" stroke-width="4" paint-order="stroke"'
            said = f"{drawing.words.bound} {number(value)}"
            yield _text(x, y - 6, said, "end", halo + ' font-weight="bold"')


def _legend(drawing: Drawing) -> Iterator[str]:
    words, y = drawing.words, 42
    yield _text(_LEFT, 20, words.title, "start", ' font-size="15" font-weight="bold"')
    x = float(_LEFT)
    for name, key in (("values", words.values), ("over", words.over), ("bound", words.bound),
                      ("marked", words.marked)):  # fmt: skip
        if name == "marked" and not drawing.marked:
            continue
        if name == "over":
            yield _rect(x, y - 10, 24, 10, f'fill="{_OVER}" fill-opacity="0.5"')
        elif name == "marked":
            yield _rect(x, y - 10, 24, 10, f'fill="{_MARK}" fill-opacity="0.3"')
        else:
            dashed = ' stroke-dasharray="7 4"' if name == "bound" else ""
            colour = _BOUND if name == "bound" else _LINE
            yield _rule(x, y - 5, x + 24, y - 5, colour, f' stroke-width="2"{dashed}')
        yield _text(x + 30, y, key)
        x += 56 + sum(12 if ord(c) > 255 else 7 for c in key)


def _thinned(spans: Sequence[Span]) -> Sequence[Span]:
    """At most `_MOST` spans: of neighbours that are drawn as one, the highest value."""
    if len(spans) <= _MOST:
        return spans
    size = math.ceil(len(spans) / _MOST)
    groups = (spans[at : at + size] for at in range(0, len(spans), size))
    return [(g[0][0], g[-1][1], max(v for _, _, v in g)) for g in groups]


def ticks(start_ms: int, end_ms: int, zone: tzinfo) -> list[tuple[int, str]]:
    """Instants to label on the axis of time, at most nine, on full hours or days of the zone."""
    step = next((s for s in _STEPS if (end_ms - start_ms) / s <= 8), _STEPS[-1])
    day = from_ms(start_ms).astimezone(zone).date()
    if step >= _DAY and to_ms(day_start(day, zone)) < start_ms:
        day += timedelta(days=1)
    found = []
    for ms in _instants(day, step, end_ms, zone):
        if ms >= start_ms:
            local = from_ms(ms).astimezone(zone)
            found.append((ms, f"{local:%Y-%m-%d}" if step >= _DAY else f"{local:%m-%d %H:%M}"))
    return found


def _instants(first: date, step: int, end_ms: int, zone: tzinfo) -> Iterator[int]:
    day = first
    while (midnight := to_ms(day_start(day, zone))) <= end_ms:
        if step >= _DAY:
            yield midnight
            day += timedelta(days=step // _DAY)
        else:
            yield from range(midnight, min(midnight + _DAY, end_ms + 1), step)
            day += timedelta(days=1)


def number(value: float | None) -> str:
    """A number as people write it."""
    if value is None:
        return "—"
    text = f"{value:.10g}"
    return "0" if text == "-0" else text
