"""The bureau of the API's tests, with an adapter for surveys."""

from __future__ import annotations

import pytest

from tests.api.conftest import EAST, Bureau, bureau
from tests.drone.kit import Drones, square

__all__ = ["bureau"]


@pytest.fixture
def drones(bureau: Bureau) -> Drones:
    """The enterprise in the east has a boundary of 100 m around here."""
    made = Drones(bureau)
    made.bound(**{EAST: square(0, 0)})
    return made
