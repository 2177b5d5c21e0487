"""Transmission rate (传输率), validity rate (有效率) and effective transmission rate (有效传输率). Pure.

By hour groups (组): a group is what an outlet sent for an hour.

* due (应收组数): the hours of the span since the device was first heard, but for those not late yet;
* received (实收组数): those of which any pollutant came;
* valid (有效组数): those of the received in which every pollutant that was sent has a value, and the
  flag `N` or none. Of a value that was sent again the version sent last counts. A pollutant of which
  only a total was sent has its value in that.

Transmission = received / due, validity = valid / received, effective transmission their product. Kept
twice, as the ministry's statistics do: as it came in time, and with what was sent after (补传). Groups
that do not take part for a recognised reason (不参与统计) are not known here: all groups take part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.averages import VALID_FLAGS
from monitor.gaps import Slots


@dataclass(frozen=True, slots=True)
class Value:
    """A version of a pollutant's hour."""

    start_ms: int
    pollutant: str
    readable: bool
    """Whether it has its value."""
    flag: str | None
    late: bool
    rank: tuple[int, int, int]
    """Orders the versions."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Groups of a span; rates are None where there is nothing to divide by."""

    due: int
    received: int
    valid: int

    @property
    def transmission(self) -> float | None:
        """传输率."""
        return self.received / self.due if self.due else None

    @property
    def validity(self) -> float | None:
        """有效率."""
        return self.valid / self.received if self.received else None

    @property
    def effective(self) -> float | None:
        """有效传输率, their product."""
        return self.valid / self.due if self.due else None


def rates(slots: Slots, values: Iterable[Value]) -> tuple[Rates, Rates]:
    """Of the hours that were due: as it came in time, and with what came late."""
    known = list(values)
    return _rates(slots, (v for v in known if not v.late)), _rates(slots, known)


def _rates(slots: Slots, values: Iterable[Value]) -> Rates:
    last: dict[tuple[int, str], Value] = {}
    for value in values:
        number = slots.of(value.start_ms)
        if number is None:
            continue
        other = last.get((number, value.pollutant))
        if other is None or other.rank < value.rank:
            last[number, value.pollutant] = value
    received = {number for number, _ in last}
    invalid = {number for (number, _), v in last.items() if not _is_valid(v)}
    return Rates(len(slots), len(received), len(received - invalid))


def _is_valid(value: Value) -> bool:
    return value.readable and value.flag in VALID_FLAGS
