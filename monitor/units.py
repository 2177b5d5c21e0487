"""Units of measurement: by what a number in one is multiplied to be one in another.

Only units that differ by a factor: degrees Celsius and Kelvin, or ppm and mg/m3, do not. Spelling is
free as it is in the field: `µg/m³`, `ug/m3`, `UG/M3`, `μg/Nm3`, `微克/立方米`.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

_MASS = {
    name: Fraction(10) ** n
    for n, name in zip(range(-9, 7, 3), ("ng", "ug", "mg", "g", "kg", "t"), strict=True)
}
_VOLUME = {"m3": Fraction(1), "l": Fraction(1, 1000)}
_TIME = {"s": Fraction(1), "min": Fraction(60), "h": Fraction(3600), "d": Fraction(86_400)}
_LENGTH = {"cm": Fraction(1, 100), "m": Fraction(1), "km": Fraction(1000)}


def _per(tops: dict[str, Fraction], bottoms: dict[str, Fraction]) -> dict[str, Fraction]:
    return {
        f"{top}/{bottom}": size / per
        for top, size in tops.items()
        for bottom, per in bottoms.items()
    }


_DIMENSIONS: tuple[dict[str, Fraction], ...] = (
    _MASS,
    _VOLUME,
    _per(_MASS, _VOLUME),
    _per(_VOLUME, _TIME),
    _per(_LENGTH, _TIME),
    _LENGTH,
    {"pa": Fraction(1), "hpa": Fraction(100), "kpa": Fraction(1000), "mpa": Fraction(1_000_000)},
    {"us/cm": Fraction(1), "ms/cm": Fraction(1000), "ms/m": Fraction(10)},
    {"bq/l": Fraction(1), "bq/m3": Fraction(1, 1000)},
    {"1/l": Fraction(1), "1/ml": Fraction(1000), "1/m3": Fraction(1, 1000)},
)
_SIZES = {unit: (n, size) for n, sizes in enumerate(_DIMENSIONS) for unit, size in sizes.items()}

_CHINESE = {
    "千克": "kg", "公斤": "kg", "毫克": "mg", "微克": "ug", "纳克": "ng", "克": "g", "吨": "t",
    "立方米": "m3", "毫升": "ml", "升": "l", "兆帕": "mpa", "千帕": "kpa", "百帕": "hpa", "帕": "pa",
    "千米": "km", "厘米": "cm", "米": "m", "秒": "s", "分钟": "min", "小时": "h", "天": "d", "分贝": "db",
    "摄氏度": "degc", "无量纲": "", "个": "1",
}  # fmt: skip
_SAME = {"°c": "degc", "-": "", "/": "", "ph": "", "%vol": "%", "vol%": "%", "dba": "db"}
_SPELLED = re.compile("|".join(_CHINESE))  # the longer ones stand before what they contain


def factor(source: str, target: str) -> float | None:
    """What turns a number in one unit into one in another; None where no factor does."""
    given, wanted = _plain(source), _plain(target)
    if given == wanted:
        return 1.0
    (kind, size), (other, base) = _SIZES.get(given, (-1, 1)), _SIZES.get(wanted, (-2, 1))
    return float(Fraction(size) / base) if kind == other else None


def scaled(value: float, by: float) -> float:
    """A number in another unit. Divided where that is exact: 35.2 / 1000, but 35.2 × 0.001 is not."""
    if by == 1:
        return value
    return value * by if by > 1 else value / (1 / by)


def _plain(unit: str) -> str:
    """One spelling of a unit: `μg/m³` and `微克／立方米` are `ug/m3`."""
    text = unicodedata.normalize("NFKC", unit).casefold().replace("μ", "u")
    text = _SPELLED.sub(lambda found: _CHINESE[found[0]], re.sub(r"[\s^()·.]", "", text))
    text = re.sub(r"(?<=/)nm3$", "m3", text)
    return _SAME.get(text, text)
