"""Which numbers are taken as they are: ranges of instruments, and the standard's sentinels."""

from __future__ import annotations

from functools import lru_cache
from math import nextafter

from monitor import pollutants
from monitor.observation import Statistic
from monitor.units import scaled

_TOTAL_BOUND = 1e12
_NOT_COMPUTABLE = 9999.99
_CONVERTED = frozenset({Statistic.CONVERTED, Statistic.CONVERTED_MIN, Statistic.CONVERTED_MAX})


def problem_with(code: str, statistic: Statistic, value: float, unit: float = 1.0) -> str | None:
    """Why a number must not stand in the readings; None where it may.

    `unit` is what turns it into the table's unit: it must be believable in that. The signs for "cannot
    be computed" have no unit.

    A converted value that cannot be computed is sent as the maximum of the default format, "e.g.
    9999.99 or -9999.99" (HJ 212-2025 8.1.1 d); devices also send the maximum of the factor's own.
    """
    if statistic in _CONVERTED and abs(value) in _sentinels(code):
        return "not-computable"
    return None if believable(code, statistic, scaled(value, unit)) else "implausible-value"


def believable(code: str, statistic: Statistic, value: float) -> bool:
    """Whether a number in the table's unit can be."""
    low, high = _limits(code, statistic)
    return low <= value <= high


@lru_cache(maxsize=4096)
def plain_limits(code: str, statistic: Statistic) -> tuple[float, float]:
    """A closed interval in which nothing is wrong with any number, nor is any a sentinel."""
    low, high = _limits(code, statistic)
    if statistic in _CONVERTED:
        below = nextafter(min(_sentinels(code)), 0)
        low, high = max(low, -below), min(high, below)
    return low, high


def _limits(code: str, statistic: Statistic) -> tuple[float, float]:
    """The closed interval of believable numbers. Totals grow without a format's bound."""
    if statistic is Statistic.PASSED:
        return 0, 1
    if statistic is Statistic.TOTAL:
        return -_TOTAL_BOUND, _TOTAL_BOUND
    return pollutants.bounds(code)


@lru_cache(maxsize=4096)
def _sentinels(code: str) -> tuple[float, ...]:
    listed = pollutants.get(code)
    return (_NOT_COMPUTABLE, *listed.format_maxima) if listed else (_NOT_COMPUTABLE,)
