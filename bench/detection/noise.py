"""Noise and events in time, vectorised. Arrays are shaped (hours,)."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from monitor.averages import Bools, Floats
from monitor.curves import Counts

YEAR = 8766
"""Hours, on average."""

Bounds = tuple[float, float]
"""From, to."""


def red(rng: Generator, hours: int, tau: float) -> Floats:
    """Auto-correlated noise (AR(1)) of unit variance that forgets within about `tau` hours."""
    reach = min(int(8 * tau) + 1, 4 * hours)
    kernel = np.exp(-np.arange(reach) / tau)
    kernel /= np.sqrt(np.sum(kernel**2))
    size = 1 << (hours + 2 * reach).bit_length()
    white = rng.standard_normal(hours + reach)
    made = np.fft.irfft(np.fft.rfft(white, size) * np.fft.rfft(kernel, size), size)
    found: Floats = made[reach : reach + hours]
    return found


def uniform(rng: Generator, bounds: Bounds) -> float:
    """A number between two."""
    return float(rng.uniform(*bounds))


def log_uniform(rng: Generator, bounds: Bounds) -> float:
    """A number between two positive ones, as likely to double as to halve."""
    return float(np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]))))


def spans(rng: Generator, hours: int, per_year: float, length: Bounds) -> list[tuple[int, int]]:
    """Events that come by chance, as slots [first, end), of log-uniform length in hours."""
    found = []
    for first in np.sort(rng.integers(0, hours, rng.poisson(per_year * hours / YEAR))):
        last = first + max(1, round(log_uniform(rng, length)))
        found.append((int(first), min(int(last), hours)))
    return found


def covered(hours: int, found: list[tuple[int, int]]) -> Bools:
    """The hours that lie in any of some spans."""
    mask = np.zeros(hours, dtype=np.bool_)
    for first, end in found:
        mask[first:end] = True
    return mask


def since(edges: Bools) -> Counts:
    """Hours since the last true slot, which itself is 0; very many before the first."""
    slots = np.arange(len(edges), dtype=np.int64)
    last = np.maximum.accumulate(np.where(edges, slots, -1_000_000))
    found: Counts = slots - last
    return found
