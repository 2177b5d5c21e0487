"""Averages (均值): from readings to hours, days and months, converted values and masses. Pure, numpy.

Conventions of all modules here:

* Arrays are shaped (series, slots): a row a series (one pollutant of one outlet), a column a slot (a
  minute, an hour, a day), in the order of time. Any number of leading axes will do.
* NaN = there is no number: invalid, unreadable, or nothing came. It is kept out, never taken for zero.
* `valid` says of each slot that its flag lets it count: no flag, or `N`. A slot of which nothing came
  is NaN and valid: nothing was marked there.
* The same numbers give the same result to the last bit, in whatever order and company they come.

Ground: HJ 212-2017 annex D, HJ 75-2017 (air), HJ 356-2019 (water). Annex G of HJ 212-2025, which
judges validity, has not been read; when it is, it is another `Validity`.
"""

from __future__ import annotations

from monitor.averages.conversion import (
    by_excess_air,
    converted,
    gas_mass,
    to_reference_oxygen,
    water_mass,
)
from monitor.averages.means import Means, days, hours, minutes, months
from monitor.averages.series import Series
from monitor.averages.sums import Bools, Floats, exact_sum, mean
from monitor.averages.validity import (
    AIR,
    VALID_FLAGS,
    VALIDITY,
    WATER,
    Validity,
    readable,
    valid_flags,
)

__all__ = [
    "AIR",
    "VALIDITY",
    "VALID_FLAGS",
    "WATER",
    "Bools",
    "Floats",
    "Means",
    "Series",
    "Validity",
    "by_excess_air",
    "converted",
    "days",
    "exact_sum",
    "gas_mass",
    "hours",
    "mean",
    "minutes",
    "months",
    "readable",
    "to_reference_oxygen",
    "valid_flags",
    "water_mass",
]
