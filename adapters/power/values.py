"""Numbers of meters: their units, and the transformers' ratios, applied once. Pure.

A ratio is of the message, where it says one; else of the register, whose one number (倍率) is that of
power and energy: what it is of voltages and currents by themselves nobody has said, so that these are
left out. Where neither knows it, power and energy are empty: a load that is shown eighty times too small
would be a false proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.channels import TRANSFORMED, By, Channel
from adapters.hj212.believing import problem_with
from adapters.mqtt import scalar
from adapters.mqtt.path import MISSING
from monitor.observation import Statistic

_GREATEST_RATIO = 1e6


@dataclass(frozen=True, slots=True)
class Ratios:
    """By what secondary numbers are multiplied; NaN = it should be known and is not, None = left out."""

    current: float | None
    voltage: float | None
    both: float

    def know(self, channel: Channel) -> bool:
        """Whether something can be said of a quantity."""
        return self.of(channel) is not None

    def of(self, channel: Channel) -> float | None:
        """The factor of a quantity."""
        by = TRANSFORMED[channel]
        if by is By.CURRENT:
            return self.current
        if by is By.VOLTAGE:
            return self.voltage
        return self.both if by else 1.0


def ratios(
    ct: Any, pt: Any, registered: float | None, name: Callable[[str | None], None]
) -> Ratios:
    """The ratios that a message (`MISSING` where it has none) or else the register says."""
    if ct is not MISSING:
        current, voltage = _ratio(ct), 1.0 if pt is MISSING else _ratio(pt)
        if math.isnan(current) or math.isnan(voltage):
            name("bad-ratio")
        return Ratios(current, voltage, current * voltage)
    if registered is not None:
        return Ratios(None, None, registered)
    name("missing-ratio")
    return Ratios(None, None, math.nan)


def _ratio(value: Any) -> float:
    found, _ = scalar.number(value)
    return found if found is not None and 0 < found <= _GREATEST_RATIO else math.nan


def number(
    channel: Channel,
    value: Any,
    factor: float | None,
    applied: Ratios,
    name: Callable[[str | None], None],
) -> float:
    """A number in the table's unit, on the line; NaN where there is none that can be believed."""
    found, problem = scalar.number(value)
    name(problem)
    ratio = applied.of(channel)
    if found is None or ratio is None or math.isnan(ratio):
        return math.nan
    exact = Decimal(repr(found)) * Decimal(repr(ratio))  # as one would by hand: 3 × 0.1 is 0.3
    result = float(exact if factor is None else exact * Decimal(repr(factor)))
    doubt = problem_with(channel, Statistic.VALUE, result)
    name(doubt)
    return math.nan if doubt else result + 0.0  # no negative zero
