"""The same averages as a clerk would compute them with the standard in hand: one by one, no numpy.

A slot is a pair: the number (None where there is none) and whether its flag lets it count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Slot = tuple[float | None, bool]


@dataclass(frozen=True)
class Average:
    value: float | None
    count: int
    flag: str
    weighted: bool = False

    @property
    def slot(self) -> Slot:
        """As a slot of the next longer period. Water without anything is not marked."""
        return self.value, self.flag == "N"


def average(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def weighted(numbers: Sequence[float], flows: Sequence[float | None]) -> float | None:
    """By flow, or None where a flow is missing or negative, or nothing flowed."""
    known = [flow for flow in flows if flow is not None and flow >= 0]
    if len(known) < len(numbers) or math.fsum(known) == 0:
        return None
    amounts = [number * flow for number, flow in zip(numbers, known, strict=True)]
    return math.fsum(amounts) / math.fsum(known)


def air(slots: Sequence[Slot], at_least: int) -> Average:
    """Annex D for air: so many valid ones, and three quarters of all normal."""
    counting = [number for number, valid in slots if valid and number is not None]
    came = any(number is not None or not valid for number, valid in slots)
    flag = "N" if Fraction(len(counting), len(slots)) >= Fraction(3, 4) else "D"
    value = average(counting) if len(counting) >= at_least else None
    return Average(value, len(counting), flag if came else "")


def water(slots: Sequence[Slot], flows: Sequence[float | None] | None = None) -> Average:
    """Annex D for water: any will do, and one abnormal makes it abnormal."""
    places = [n for n, (number, valid) in enumerate(slots) if valid and number is not None]
    counting = [number for n in places if (number := slots[n][0]) is not None]
    came = any(number is not None or not valid for number, valid in slots)
    flag = "N" if all(valid for _, valid in slots) else "D"
    if not counting:
        return Average(None, 0, flag if came else "")
    by_flow = weighted(counting, [flows[n] for n in places]) if flows is not None else None
    value = average(counting) if by_flow is None else by_flow
    return Average(value, len(counting), flag if came else "", by_flow is not None)
