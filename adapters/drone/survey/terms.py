"""Words that several readers share."""

from __future__ import annotations

from enum import StrEnum


class Above(StrEnum):
    """What a height is measured from."""

    TAKEOFF = "takeoff"
    """Where the aircraft took off (相对高度): not the ground below it."""
    GROUND = "ground"
    SEA = "sea"
    """The geoid (海拔), about EGM96."""
    ELLIPSOID = "ellipsoid"
    """That of WGS-84 (椭球高, 大地高): in China up to some 60 m from the sea's level."""
