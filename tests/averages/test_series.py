"""What was said, what of it is data, and what can be held against an enterprise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.averages import AIR, Series, hours

slots = st.lists(st.tuples(st.none() | st.floats(0, 100), st.booleans(), st.booleans()), min_size=1)


def expected(number: float | None, *hidden: bool) -> float | None:
    return None if any(hidden) else number


@given(slots)
def test_marks_hide_values_step_by_step_and_never_in_what_was_reported(
    row: list[tuple[float | None, bool, bool]],
) -> None:
    values = np.array([[np.nan if number is None else number for number, _, _ in row]])
    device = np.array([[marked for _, marked, _ in row]])
    exempt = np.array([[free for _, _, free in row]])
    found = Series.of(values, device, exempt)
    for n, (number, marked, free) in enumerate(row):
        three = (found.reported, found.after_device, found.after_exemption)
        seen = [None if np.isnan(each[0, n]) else each[0, n] for each in three]
        assert seen == [number, expected(number, marked), expected(number, marked, free)]


def test_an_hour_of_starting_up_is_data_but_not_held_against_anybody() -> None:
    minutes, quiet = np.full((1, 120), 300.0), np.zeros((1, 120), np.bool_)
    starting = quiet.copy()
    starting[:, :60] = True
    found = Series.of(minutes, quiet, starting)
    assert np.isfinite(hours(found.after_device, ~quiet, AIR).value).tolist() == [[True, True]]
    judged = hours(found.after_exemption, ~quiet, AIR)
    assert np.isfinite(judged.value).tolist() == [[False, True]]


def test_masks_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        Series.of(np.zeros((1, 60)), np.zeros((1, 1), np.bool_), np.zeros((1, 60), np.bool_))
