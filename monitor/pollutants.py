"""Pollutants and parameters (污染因子): one table of codes for all editions of HJ 212.

`pollutants.csv` beside this file holds the codes of HJ 212-2017 Appendix B.1 to B.3 with the codes
that HJ/T 212-2005 used for the same things, the few that other standards add (a05024, HJ 524), and
the electrical quantities of meters (用电监管), by the signs on their displays: no standard names them.
HJ 212-2025 keeps the codes; where it has another name or format, that stands in columns of its own.
Codes that are not listed are no fault: provinces and makers add their own, and real devices use
listed ones with units of their own, so an outlet's unit may differ from the one here.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

UNLISTED_BOUND = 1e9
"""A number of an unlisted code is believed below this."""

_LEAST_CONCENTRATION_BOUNDS = {"mg": 1e4, "ug": 1e7, "ng": 1e9}
"""By the unit's beginning. The formats of some substances (CO N3.3, Cr(VI) N2.3 in ug/L, PM2.5 N3.3 in
ng/m3) end where real exceedances, or ordinary days, begin; a device that sends more than its format
has room for is more likely right than broken."""

_MASSES = frozenset({"kg", "g", "mg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pollutant:
    """One row of the table."""

    code: str
    """The code of HJ 212-2017, e.g. `a21026`."""
    name_zh: str
    name_en: str
    old_code: str | None
    """The code of HJ/T 212-2005, e.g. `02`."""
    unit: str
    """Of a concentration or reading; empty = without dimension."""
    amount_unit: str
    """Of a total (排放量); empty = has none."""
    format: str
    """HJ 212-2017's own notation: `N5.2` = up to five digits before and two after the point."""
    name_2025: str | None
    """What HJ 212-2025 calls it, where that is something else."""
    format_2025: str | None
    """Its format by HJ 212-2025, where that is another."""
    low: float
    """The least believable reading; belongs to the range."""
    high: float
    """The bound of believable readings; belongs to the range only where physics sets it."""
    physical: bool
    """Whether physics sets the range (pH, oxygen, humidity …) rather than the format."""

    @property
    def format_maxima(self) -> tuple[float, ...]:
        """The largest numbers that fit its formats: 99999.99 for `N5.2` (HJ 212-2025 8.1.1 d)."""
        formats = map(_digits, (self.format, self.format_2025 or ""))
        return tuple(float("9" * whole + "." + "9" * rest) for whole, rest in filter(None, formats))


def _digits(number_format: str) -> tuple[int, int] | None:
    """`N5.2` to (5, 2), `N4` to (4, 0), nothing to None."""
    if not number_format.startswith("N"):
        return None
    whole, _, decimals = number_format[1:].partition(".")
    return int(whole), int(decimals or 0)


def _pollutant(row: Mapping[str, str]) -> Pollutant:
    formats = filter(None, map(_digits, (row["format"], row["format_2025"])))
    bound = max((10.0**whole for whole, _ in formats), default=UNLISTED_BOUND)
    if row["amount_unit"] in _MASSES:
        bound = max(bound, _LEAST_CONCENTRATION_BOUNDS.get(row["unit"][:2], 0.0))
    return Pollutant(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        old_code=row["old_code"] or None,
        unit=row["unit"],
        amount_unit=row["amount_unit"],
        format=row["format"],
        name_2025=row["name_2025"] or None,
        format_2025=row["format_2025"] or None,
        low=float(row["low"] or -bound),
        high=float(row["high"] or bound),
        physical=bool(row["high"]),
    )


def _load() -> dict[str, Pollutant]:
    text = files("monitor").joinpath("pollutants.csv").read_text(encoding="utf-8")
    return {row["code"]: _pollutant(row) for row in csv.DictReader(text.splitlines())}


POLLUTANTS: Mapping[str, Pollutant] = MappingProxyType(_load())
"""Every listed pollutant by its code, in the order of the standard's tables."""

_BY_OLD_CODE = {each.old_code: each for each in POLLUTANTS.values() if each.old_code}


def get(code: str) -> Pollutant | None:
    """The pollutant of a 2017 code, or None where the code is not listed."""
    return POLLUTANTS.get(code)


def called(code: str, language: str) -> str:
    """What a code is called (`zh` or `en`); the code itself where it is not listed."""
    known = POLLUTANTS.get(code)
    if known is None:
        return code
    return known.name_zh if language == "zh" else known.name_en


def from_2005(code: str) -> Pollutant | None:
    """The pollutant that HJ/T 212-2005 called so (`02` is SO2, `011` COD), or None."""
    return _BY_OLD_CODE.get(code)


def bounds(code: str) -> tuple[float, float]:
    """The closed interval of believable readings of a code; unlisted codes get a wide one."""
    pollutant = POLLUTANTS.get(code)
    if pollutant is None:
        return -_BELOW_UNLISTED, _BELOW_UNLISTED
    if pollutant.physical:
        return pollutant.low, pollutant.high
    return math.nextafter(pollutant.low, 0), math.nextafter(pollutant.high, 0)


_BELOW_UNLISTED = math.nextafter(UNLISTED_BOUND, 0)


def plausible(code: str, value: float) -> bool:
    """Whether a reading of this code is believable at all. NaN and infinities never are.

    This is no judgement of the reading: it only parts what an instrument can have measured from
    what must be a wrong unit, a stuck register or damaged text.
    """
    low, high = bounds(code)
    return low <= value <= high
