"""How much must be there for an average to be one, and which numbers and flags count. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from monitor import pollutants
from monitor.averages.sums import Bools, Floats
from monitor.register import Medium

VALID_FLAGS = (None, "N")
"""Not marked, or marked normal (标记规则, announcement 2022 no. 21)."""

_NOT_COMPUTABLE = 9999.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The least number of valid values of a valid average (有效均值), for one medium.

    Every floor is a parameter, as standards of provinces and later editions set others. The defaults
    are those of air (废气); `WATER` has those of water (废水).
    """

    instants: int = 12
    """Of a minute. Air: 12 instantaneous values, at most 5 s apart (HJ 212-2017 annex D; sure). Where
    fewer are due in a minute, as data comes every 30 s, all of them. Water: as configured, e.g. 120
    where a "minute" is ten (annex D; sure); 1 here, as many analysers give a value in two hours."""
    minutes: int = 45
    """Of an hour. Air: 45 valid minute means of 60 (HJ 212-2017 annex D eq. 24; sure); in proportion,
    rounded up, where a device's "minutes" are longer (5 of 6; our reading, annex D is silent). Water:
    no floor, 1 to 6 values (annex D; sure)."""
    hours: int = 20
    """Of a day. Air: 20 valid hour means (HJ 212-2017 annex D eq. 25, HJ 75-2017; recalled as to
    HJ 75). Water: no floor in annex D (sure); HJ 356-2019's own, about 12 valid two-hourly values, is
    recalled and unsure, so 1."""
    days: int = 25
    """Of a month of 30 or 31 days. Air: 25 valid days (HJ 75-2017; recalled, unsure). Water: 1."""
    february: int = 23
    """Of a month of 28 or 29 days. Air: 23 valid days (HJ 75-2017; recalled, unsure). Water: 1."""
    normal: Fraction | None = Fraction(3, 4)
    """The share of normal ones among all slots due that makes an average normal. Air: 75 % (HJ 212-2017
    annex D; sure). None: one abnormal value makes the average abnormal, as for water (annex D; sure)."""


AIR = Validity()
WATER = Validity(instants=1, minutes=1, hours=1, days=1, february=1, normal=None)
VALIDITY: Mapping[Medium, Validity] = MappingProxyType({Medium.AIR: AIR, Medium.WATER: WATER})
"""The defaults by medium."""


def valid_flags(flags: NDArray[np.object_]) -> Bools:
    """Which flags let a value count: none (None) and `N`. An object array of any shape."""
    none, normal = VALID_FLAGS
    valid: Bools = ((flags == none) | (flags == normal)).astype(np.bool_)
    return valid


def readable(values: Floats, code: str) -> Bools:
    """Which numbers of a pollutant are readings; same shape, in the table's unit.

    None are NaN, infinities, what is beyond belief (`monitor.pollutants.bounds`), and the signs for
    "cannot be computed": ±9999.99 and the maxima of the pollutant's formats (HJ 212-2025 8.1.1 d). The
    HJ 212 adapter has taken these from converted values already; other feeds may not have.
    """
    low, high = pollutants.bounds(code)
    listed = pollutants.get(code)
    signs = (_NOT_COMPUTABLE, *listed.format_maxima) if listed else (_NOT_COMPUTABLE,)
    within: Bools = (values >= low) & (values <= high)  # NaN is neither
    return within & ~np.isin(np.abs(values), signs)
