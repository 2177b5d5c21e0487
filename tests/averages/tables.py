"""From slots in words to arrays and back."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from monitor.averages import Means
from monitor.averages.sums import Bools, Floats
from tests.averages.naive import Average, Slot

reading = st.integers(-500, 60_000).map(lambda n: n / 100) | st.floats(-1e6, 1e6)
"""What devices send, and what nothing keeps them from sending."""
slot = st.tuples(st.none() | reading, st.sampled_from([True, True, True, True, False]))
good = st.tuples(reading, st.just(True))


def series_of(slots: int) -> st.SearchStrategy[list[Slot]]:
    """A row of slots, some of them mostly good, so that valid periods are met."""
    return st.lists(slot, min_size=slots, max_size=slots) | st.lists(
        st.one_of(good, good, good, good, good, slot), min_size=slots, max_size=slots
    )


def tables_of(slots: int) -> st.SearchStrategy[list[list[Slot]]]:
    return st.lists(series_of(slots), min_size=1, max_size=4)


def numbers(rows: Sequence[Sequence[float | None]]) -> Floats:
    return np.array([[np.nan if n is None else n for n in row] for row in rows], dtype=np.float64)


def arrays(rows: Sequence[Sequence[Slot]]) -> tuple[Floats, Bools]:
    """Values and which may count."""
    values = numbers([[number for number, _ in row] for row in rows])
    return values, np.array([[valid for _, valid in row] for row in rows], dtype=np.bool_)


def bits(number: float) -> bytes:
    return struct.pack(">d", number)


def same(found: Means, expected: Sequence[Sequence[Average]]) -> None:
    """All of it, and the values to the last bit."""
    for row, averages in enumerate(expected):
        for period, average in enumerate(averages):
            at = (row, period)
            value = None if np.isnan(found.value[at]) else bits(float(found.value[at]))
            assert value == (None if average.value is None else bits(average.value))
            assert found.count[at] == average.count
            assert found.flags[at] == average.flag
            assert found.weighted[at] == average.weighted
    assert found.value.shape == (len(expected), len(expected[0]))
