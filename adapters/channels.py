"""The electrical quantities that are kept of a meter, and what transformers do to them."""

from __future__ import annotations

from enum import Flag, auto
from typing import Final, Literal

Channel = Literal["P", "Q", "PF", "EPI", "Ua", "Ub", "Uc", "Ia", "Ib", "Ic"]
"""As in `monitor/pollutants.csv`: kW, kvar, 1, kWh (forward, cumulative), V, A."""


class By(Flag):
    """Which transformers stand between the line and the meter, for a quantity."""

    NONE = 0
    CURRENT = auto()
    VOLTAGE = auto()


TRANSFORMED: Final[dict[Channel, By]] = {
    "P": By.CURRENT | By.VOLTAGE,
    "Q": By.CURRENT | By.VOLTAGE,
    "PF": By.NONE,
    "EPI": By.CURRENT | By.VOLTAGE,
    "Ua": By.VOLTAGE,
    "Ub": By.VOLTAGE,
    "Uc": By.VOLTAGE,
    "Ia": By.CURRENT,
    "Ib": By.CURRENT,
    "Ic": By.CURRENT,
}
"""Every quantity, in the order in which reports have them, whatever the order in the message: what
comes again in another order is the same report."""

ENERGY: Final[Channel] = "EPI"
