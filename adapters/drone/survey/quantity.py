"""Units of gas measurements, and what kind of quantity each is: kinds are never mixed.

A sniffer measures at a point, as a fraction of the air's volume or as mass in it; an open laser (AILF,
TDLAS) measures the sum along its beam, in ppm·m. No factor leads from one kind to another.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from monitor import units


class Quantity(StrEnum):
    """What a number is of."""

    FRACTION = "fraction"
    """体积分数, at a point: ppm, ppb, %."""
    MASS = "mass"
    """质量浓度, at a point: mg/m3, ug/m3."""
    PATH = "path"
    """积分浓度, along a beam: ppm·m."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its one spelling."""

    name: str
    quantity: Quantity
    size: float
    """In ppm, mg/m3 or ppm·m."""


_PPM = {"ppt": 1e-6, "ppb": 1e-3, "ppm": 1.0, "%": 1e4}
_SAME = {
    "ppbv": "ppb", "nmol/mol": "ppb", "ppmv": "ppm", "umol/mol": "ppm", "%vol": "%", "vol%": "%",
}  # fmt: skip
_MASS = ("mg/m3", "ug/m3", "ng/m3", "g/m3")
_LINKS = re.compile(r"[\s·•∙⋅・.*×_()-]")


def unit(written: str) -> Unit | None:
    """The unit that a text names, however it is spelt: `µg/m³`, `ppm-m`, `PPM`; None for others."""
    plain = unicodedata.normalize("NFKC", written).casefold().replace("μ", "u")
    plain = _LINKS.sub("", plain)
    plain = _SAME.get(plain, plain)
    if plain in _PPM:
        return Unit(plain, Quantity.FRACTION, _PPM[plain])
    if plain in ("ppmm", "ppbm"):
        return Unit(f"{plain[:3]}·m", Quantity.PATH, _PPM[plain[:3]])
    for name in _MASS:
        if units.factor(written, name) == 1:
            return Unit(name, Quantity.MASS, units.factor(name, "mg/m3") or 1.0)
    return None


def factor(source: Unit, target: Unit) -> float | None:
    """What turns a number in one unit into one in another; None between kinds of quantities."""
    return source.size / target.size if source.quantity is target.quantity else None
