"""Quarter hours of a meter from its readings: mean power, aligned to the civil clock. Pure, numpy.

Energy that a counter has counted between two readings is spread evenly between them; what of it falls
into a quarter makes the quarter's mean power. So it matters neither how readings are spaced nor that a
meter's clock is half a minute off. What is not known is NaN: a gap (the meter is dark) is not a
standstill, and a counter that fell back (reset, exchanged, its ratio changed) has counted nothing that
we know of.

Quarters are shaped (hours, 4). A quarter's number may rest on the first reading behind its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.averages import Bools, Floats

HOUR_MS = 3_600_000
QUARTER_MS = HOUR_MS // 4

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What is believed of a meter's readings."""

    longest_gap_ms: int = 65 * 60_000
    """Between two readings that are further apart nothing is known: meters report every 1 to 60
    minutes, and an hour's report may be some minutes late."""
    most_kw: float = np.inf
    """A counter that runs faster has jumped: its ratio was changed, or the meter exchanged."""
    rolls_over_at: float | None = None
    """Where the counter begins at 0 again (kWh as stored), where it is known."""
    least_share: float = 0.9
    """Of a quarter so much must be known."""


STANDARD = Counter()


@dataclass(frozen=True, kw_only=True)
class Samples:
    """A meter's readings in order of time, of each instant the version sent last; NaN = none."""

    at_ms: Counts
    energy: Floats
    """The counter (EPI), kWh."""
    power: Floats
    """P, kW."""
    amounts: tuple[Counts, Counts, Floats] = (
        np.empty(0, np.int64),
        np.empty(0, np.int64),
        np.empty(0),
    )
    """Energy of spans, where the meter sends that: starts, ends, kWh."""

    @classmethod
    def of(cls, at_ms: Counts, energy: Floats, power: Floats) -> Samples:
        """From readings in any order; of several of an instant the last that says something counts."""
        instants, places = np.unique(at_ms, return_inverse=True)
        return cls(
            at_ms=instants,
            energy=_last(places, energy, len(instants)),
            power=_last(places, power, len(instants)),
        )

    @property
    def heard_ms(self) -> Counts:
        """When anything was said, in order of time."""
        found: Counts = np.unique(np.concatenate([self.at_ms, self.amounts[1]]))
        return found


def _last(places: Counts, values: Floats, size: int) -> Floats:
    found = np.full(size, np.nan)
    known = np.isfinite(values)
    found[places[known]] = values[known]  # of equal places the last is kept
    return found


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Spans in order of time that do not overlap, and the energy of each; NaN = not known."""

    start: Counts
    end: Counts
    kwh: Floats

    def quarters(self, edges: Counts, least_share: float) -> Floats:
        """The mean power between edges; NaN where too little is known."""
        if not len(self.start):
            return np.full(len(edges) - 1, np.nan)
        known = np.isfinite(self.kwh)
        times = np.column_stack([self.start, self.end]).ravel()
        length = np.where(known, self.end - self.start, 0)
        energy = _along(edges, times, np.where(known, self.kwh, 0.0))
        covered = _along(edges, times, length.astype(np.float64))
        enough = covered >= least_share * np.diff(edges)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = energy / (covered / HOUR_MS)
        return np.where(enough, mean, np.nan)


def _along(edges: Counts, times: Counts, amounts: Floats) -> Floats:
    """How much of what is spread evenly over spans falls between edges."""
    total = np.concatenate([[0.0], np.cumsum(amounts)])
    reached = np.column_stack([total[:-1], total[1:]]).ravel()
    found: Floats = np.diff(np.interp(edges, times, reached))
    return found


def quarters(samples: Samples, start_ms: int, hours: int, counter: Counter = STANDARD) -> Floats:
    """The mean power (kW) of each quarter hour from `start_ms`, shaped (hours, 4); NaN = not known.

    By the counter where there is one, else by what spans used, else by the power that was read. A
    quarter in which the counter has not moved, while power was read, is what the power says: a coarse
    counter would show a small motor as standing.
    """
    edges = start_ms + QUARTER_MS * np.arange(4 * hours + 1, dtype=np.int64)
    by_counter = _counted(samples, counter).quarters(edges, counter.least_share)
    by_span = _spans(samples, counter).quarters(edges, counter.least_share)
    by_power = _powered(samples, counter).quarters(edges, counter.least_share)
    by_counter = np.where((by_counter == 0) & (by_power > 0), by_power, by_counter)
    best = np.where(np.isfinite(by_counter), by_counter, by_span)
    best = np.where(np.isfinite(best), best, by_power)
    return np.maximum(best, 0.0).reshape(hours, 4)  # what is fed back into the net is no load


def _counted(samples: Samples, counter: Counter) -> _Pieces:
    """What the counter counted from reading to reading."""
    known = np.isfinite(samples.energy)
    at, energy = samples.at_ms[known], samples.energy[known]
    length, moved = np.diff(at), np.diff(energy)
    if counter.rolls_over_at is not None:
        moved = np.where(moved < 0, moved + counter.rolls_over_at, moved)
        moved = np.where(moved > counter.rolls_over_at / 2, np.nan, moved)  # fell back a little
    most = counter.most_kw * length / HOUR_MS if np.isfinite(counter.most_kw) else np.inf
    believed = (length <= counter.longest_gap_ms) & (moved >= 0) & (moved <= most)
    return _Pieces(at[:-1], at[1:], np.where(believed, moved, np.nan))


def _powered(samples: Samples, counter: Counter) -> _Pieces:
    """The energy between two readings of power, as if it ran evenly from one to the other."""
    known = np.isfinite(samples.power)
    at, power = samples.at_ms[known], samples.power[known]
    length = np.diff(at)
    energy = (power[:-1] + power[1:]) / 2 * length / HOUR_MS
    believed = (length <= counter.longest_gap_ms) & (np.abs(power[1:]) <= counter.most_kw)
    believed &= np.abs(power[:-1]) <= counter.most_kw
    return _Pieces(at[:-1], at[1:], np.where(believed, energy, np.nan))


def _spans(samples: Samples, counter: Counter) -> _Pieces:
    """Energies of spans; one that begins before the one before it has ended is not counted again."""
    start, end, kwh = samples.amounts
    order = np.lexsort((end, start))
    start, end, kwh = start[order], end[order], kwh[order]
    latest = np.maximum.accumulate(end) if len(end) else end
    fresh: Bools = np.ones(len(start), dtype=np.bool_)
    fresh[1:] = start[1:] >= latest[:-1]
    start, end, kwh = start[fresh], end[fresh], kwh[fresh]
    most = counter.most_kw * (end - start) / HOUR_MS if np.isfinite(counter.most_kw) else np.inf
    return _Pieces(start, end, np.where((kwh >= 0) & (kwh <= most), kwh, np.nan))
