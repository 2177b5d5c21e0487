"""What an analyser can measure (测定下限): below that a number is about nothing. Pure."""

from __future__ import annotations

import numpy as np

from monitor.averages import Floats
from monitor.curves import Curve


def measurable(curve: Curve, times: float, range_share: float) -> Floats:
    """The least that is measured, by hour, (hours,); NaN where nothing tells.

    So many `times` the detection limit (HJ 168-2020: four), or where the register has none a share of the
    range; without a range that is taken to be twice the limit.
    """
    if curve.detection_limit is not None:
        return np.full(len(curve.value), times * curve.detection_limit)
    if curve.range_high is not None:
        return np.full(len(curve.value), range_share * curve.range_high)
    return range_share * 2 * np.fmin(curve.limit, curve.day_limit)
