"""Three series that are never mixed: as reported, after device marks, after exemption. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.averages.sums import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What was said, what of it is data, and what of that can be held against the enterprise.

    A mark on the device (fault, maintenance, calibration) makes data invalid. An exemption (starting
    up, stopping, an accident) leaves it valid and takes it out of judging (标记规则, announcement 2022
    no. 21). Rates count the second series, rules judge the third, and what a mark hides stays to be
    seen in the first. All arrays have one shape.
    """

    reported: Floats
    """As the source gave them (NaN where it gave none)."""
    after_device: Floats
    """NaN also where the device is marked."""
    after_exemption: Floats
    """NaN also where the facility is exempt."""

    @classmethod
    def of(cls, reported: Floats, device_marked: Bools, exempt: Bools) -> Series:
        """The three of values and two masks. ValueError: they differ in shape."""
        if not reported.shape == device_marked.shape == exempt.shape:
            raise ValueError("values and masks differ in shape")
        after_device = np.where(device_marked, np.nan, reported)
        return cls(reported, after_device, np.where(exempt, np.nan, after_device))
