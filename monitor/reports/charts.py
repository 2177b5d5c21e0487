"""Charts of reports, as PNG. Their Chinese does not hang on what fonts a machine has.

The font is Noto Sans SC (SIL Open Font License), which comes with the package `zhplot`; nothing else of
that package is used.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_COLOUR = "#2f6f9f"
_WIDTH, _ROW, _HEAD = 6.0, 0.34, 0.9
_DPI = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A bar chart: a title, and a number for each name."""

    title: str
    unit: str
    bars: Sequence[tuple[str, int]]


@cache
def font_file() -> Path:
    """Where the font lies."""
    found = find_spec("zhplot")
    origin = found.origin if found else None
    assert origin is not None, "a dependency of this package"
    return Path(origin).parent / "fonts" / "NotoSansSC-Regular.ttf"


def png(chart: Bars) -> bytes:
    """The chart, bars lying, the first at the top, each with its number."""
    # a second of loading that nobody but a reader of reports needs
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    font = FontProperties(fname=font_file(), size=10)
    names = [name for name, _ in chart.bars]
    numbers = [number for _, number in chart.bars]
    figure = Figure(figsize=(_WIDTH, _HEAD + _ROW * max(len(names), 1)), dpi=_DPI)
    axes: Any = figure.add_subplot()
    drawn = axes.barh(range(len(names)), numbers, color=_COLOUR, height=0.6)
    axes.bar_label(drawn, padding=3, fontproperties=font)
    axes.set_yticks(range(len(names)), names, fontproperties=font)
    axes.invert_yaxis()
    axes.set_title(f"{chart.title}（{chart.unit}）", fontproperties=font)
    axes.set_xlim(0, max([*numbers, 1]) * 1.15)
    axes.xaxis.set_visible(False)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
