"""What can be set for surveys that are uploaded."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from adapters.drone.survey import sight, spots
from adapters.drone.survey.profile import SHIPPED, Profile, shipped
from adapters.drone.survey.quantity import Quantity, unit
from adapters.drone.survey.spots import Threshold
from adapters.mqtt.profile import ZoneName
from monitor.adapter import AdapterConfig
from monitor.event import Datum
from monitor.secret import PathSecret

_THRESHOLD = re.compile(r"\s*([0-9.eE+-]+)\s*(.+?)\s*")


def _profile(written: Any) -> Any:
    return shipped(written) if isinstance(written, str) else written


def _parsed(written: str) -> Threshold:
    parts = _THRESHOLD.fullmatch(written)
    measure = unit(parts[2]) if parts else None
    try:
        value = float(parts[1]) if parts else math.nan
    except ValueError:
        value = math.nan
    if measure is None or not 0 < value < math.inf:
        raise ValueError("a number and a unit: `10 ppm`, `0.5 mg/m3`, `200 ppm·m`")
    return Threshold(value, measure)


def _threshold(written: str) -> str:
    _parsed(written)
    return written


def _several(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


Text = Annotated[str, Field(min_length=1, max_length=100)]
Written = Annotated[str, AfterValidator(_threshold)]


class Config(AdapterConfig):
    """Files of flights, by a form or by tus."""

    type: Literal["drone"]
    """`drone`"""

    secret: PathSecret | None = None
    """A part of the address for who cannot send a header: `/api/v1/feeds/{name}/{secret}/surveys` and
    `…/files`."""

    max_files: int = Field(default=200, ge=1, le=2_000)
    """Files of a form; more are refused with 413."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it, the bureau's."""

    datum: Datum = Datum.WGS84
    """The system of positions in photos, GeoJSON and KML, which do not say it: `wgs84`, `cgcs2000`, or
    `gcj02` where a Chinese map program wrote them. A track's is its profile's."""

    tracks: tuple[Annotated[Profile, BeforeValidator(_profile)], ...] = Field(
        default=SHIPPED, validate_default=True, min_length=1, max_length=20
    )
    """How gas tracks are read: names of shipped profiles (`aeris`, `gasflux`, `skyhub`) or tables of
    one's own, `[[adapters.tracks]]`; the first whose columns a file has."""

    thresholds: Mapping[
        Text, Annotated[tuple[Written, ...], BeforeValidator(_several), Field(min_length=1)]
    ] = Field(default={}, max_length=100)
    """Above what a substance makes a hot spot, by its name in the profile: `{ CH4 = "10 ppm" }`, or a
    list where point values and those along a laser's path have one each. Without any, tracks are only
    shown."""

    gap_metres: float = Field(default=spots.GAP_METRES, gt=0, le=1_000)
    """Values above the threshold no farther apart than this are one hot spot …"""

    gap_seconds: float = Field(default=spots.GAP_SECONDS, gt=0, le=3_600)
    """… if they are also no more seconds apart."""

    upwind_metres: float = Field(default=300.0, ge=0, le=5_000)
    """How far upwind the source of a hot spot outside of all boundaries is looked for; 0 = nowhere."""

    relief: float = Field(default=sight.RELIEF, ge=0, le=1_000)
    """Metres by which the ground may be lower or higher than where the aircraft took off."""

    labels: tuple[Text, ...] = Field(default=("label", "finding", "标签", "问题"), max_length=20)
    """The properties of GeoJSON and KML that mark a shape as a finding, and name it."""

    named_points: bool = True
    """Whether a point with a name is a finding, too."""

    def by_kind(self) -> list[dict[str, Threshold]]:
        """The thresholds by the substance, for each kind of quantity apart."""
        kinds: dict[Quantity, dict[str, Threshold]] = {}
        for pollutant, several in self.thresholds.items():
            for threshold in map(_parsed, several):
                kinds.setdefault(threshold.unit.quantity, {})[pollutant] = threshold
        return list(kinds.values())
