"""A thermal anomaly (热异常点) as FIRMS lists it, and by what it is known again. Pure.

Source: NASA Earthdata, attributes of MODIS and VIIRS active fire data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Product(StrEnum):
    """How much is known of the orbit when a position was worked out: the later, the better."""

    URT = "ultra_real_time"
    RT = "real_time"
    NRT = "near_real_time"
    STANDARD = "standard"
    """Months later: the product for statistics."""


class Level(StrEnum):
    """Confidence in classes, as VIIRS has it."""

    LOW = "low"
    NOMINAL = "nominal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 is the least."""
        return list(Level).index(self)


_LOW, _NOMINAL = 30, 80
"""Per cent from which MODIS' confidence is nominal, and high (MODIS Collection 6 User's Guide)."""
STANDING = {1: "volcano", 2: "other static land source", 3: "offshore"}
"""FIRMS' own types that are there all the time; in the standard product alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One pixel of one pass."""

    satellite: str
    instrument: str
    at: datetime
    """UTC, to the minute."""
    longitude: float
    latitude: float
    """The pixel's centre, WGS-84."""
    scan: float
    track: float
    """The pixel's sides in km."""
    product: Product
    confidence: int | Level | None = None
    """Per cent (MODIS) or a class (VIIRS)."""
    type: int | None = None
    """0 vegetation, else `STANDING`."""
    frp: float | None = None
    """Fire radiative power in MW."""
    details: Mapping[str, float | str]
    """The other columns."""

    @property
    def key(self) -> str:
        """The same for every product: a later one is no other anomaly.

        The position to a thousandth of a degree: files have four or five decimals, and orbits that are
        known better move a pixel by some metres; two pixels of one pass are farther apart.
        """
        place = f"{round(self.latitude, 3) + 0.0:.3f}|{round(self.longitude, 3) + 0.0:.3f}"
        return f"{self.satellite}|{self.instrument}|{self.at:%Y-%m-%dT%H:%MZ}|{place}"

    @property
    def accuracy(self) -> float:
        """Metres from the centre to the corners of the pixel: somewhere in it the heat is."""
        return round(500 * math.hypot(self.scan, self.track), 1)

    @property
    def level(self) -> Level | None:
        """The confidence as a class."""
        if self.confidence is None or isinstance(self.confidence, Level):
            return self.confidence
        if self.confidence < _LOW:
            return Level.LOW
        return Level.NOMINAL if self.confidence < _NOMINAL else Level.HIGH
