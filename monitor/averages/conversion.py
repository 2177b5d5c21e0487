"""Conversion to reference oxygen (折算) and masses (排放量). Pure.

A converted hour is the hour's measured mean, converted by the hour's mean oxygen, not the mean of
converted minutes. Annex D gives eq. 28 for a concentration and does not say which of the two is meant
(as far as it is known to us); the hour's is taken, as a minute of much air, where the factor runs to
infinity, would else outweigh the rest of the hour. `ZsAvg` that a device reports is another thing.
"""

from __future__ import annotations

import numpy as np

from monitor.averages.means import Means
from monitor.averages.sums import Floats

AIR_OXYGEN = 21.0
"""The oxygen of air in eq. 26 to 28, % by volume."""


def to_reference_oxygen(measured: Floats, oxygen: Floats, reference: Floats) -> Floats:
    """measured * (21 - reference) / (21 - oxygen), mg/m3 dry; oxygen in % dry.

    Arrays that broadcast; a reference a series is (series, 1). NaN reference: the standard sets none, the
    measured value stays. Oxygen that is missing, negative, or that of air and more: NaN, it cannot be
    computed. ValueError: a reference that is not within [0, 21). HJ 212-2017 annex D eq. 28.
    """
    if np.any((reference < 0) | (reference >= AIR_OXYGEN)):
        raise ValueError("a reference oxygen is at least 0 and below 21 %")
    with np.errstate(over="ignore"):
        result = measured * (AIR_OXYGEN - reference) / (AIR_OXYGEN - _usable(oxygen))
    return np.where(np.isnan(reference), measured, result)


def by_excess_air(measured: Floats, oxygen: Floats, coefficient: Floats) -> Floats:
    """measured * alpha / coefficient with alpha = 21 / (21 - oxygen), as other standards have it.

    As `to_reference_oxygen` in all else. ValueError: a coefficient (过量空气系数) below 1. HJ 212-2017
    annex D eq. 26 and 27.
    """
    if np.any(coefficient < 1):
        raise ValueError("an excess-air coefficient is at least 1")
    with np.errstate(over="ignore"):
        result = measured * (AIR_OXYGEN / (AIR_OXYGEN - _usable(oxygen))) / coefficient
    return np.where(np.isnan(coefficient), measured, result)


def _usable(oxygen: Floats) -> Floats:
    return np.where((oxygen >= 0) & (oxygen < AIR_OXYGEN), oxygen, np.nan)


def converted(measured: Means, oxygen: Means, reference: Floats) -> Means:
    """The converted means of the same periods, `oxygen` row by row that of the same outlet.

    Where the standard sets no reference oxygen (NaN in `reference`, (series, 1)) the measured ones. A
    period is normal when both are; there are as many values as the scarcer has.
    """
    alone = np.isnan(reference)
    return Means(
        value=to_reference_oxygen(measured.value, oxygen.value, reference),
        count=np.where(alone, measured.count, np.minimum(measured.count, oxygen.count)),
        normal=measured.normal & (oxygen.normal | alone),
        came=measured.came,
        weighted=measured.weighted,
    )


def gas_mass(concentration: Floats, flow: Floats) -> Floats:
    """kg of an hour: mg/m3 * dry standard m3 of the hour / 1,000,000. HJ 212-2017 annex D.

    The measured concentration, never the converted one. Flow in m3/h: what HJ 212 devices report
    (`a00000`) is m3/s. NaN where either is missing or the flow is negative, a fault of the meter.
    """
    return concentration * np.where(flow >= 0, flow, np.nan) / 1e6


def water_mass(concentration: Floats, volume: Floats) -> Floats:
    """kg: mg/L * m3 / 1,000. NaN where either is missing or the volume is negative."""
    return concentration * np.where(volume >= 0, volume, np.nan) / 1e3
