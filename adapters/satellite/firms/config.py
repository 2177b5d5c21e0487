"""What can be set for FIRMS."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, model_validator

from adapters.satellite.firms.detection import Level
from adapters.video.api import Server
from adapters.video.device import Url
from monitor.adapter import AdapterConfig
from monitor.secret import PathSecret, Secret


def _key(secret: Secret) -> Secret:
    if not re.fullmatch(r"[A-Za-z0-9]{8,64}", secret.get_secret_value()):
        raise ValueError("8 to 64 letters and digits: it is a part of the address")
    return secret


def _box(area: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = area
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("west, south, east, north in degrees")
    return area


Uscc = Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")]


class StandingPlace(BaseModel):
    """A place that is hot all the time: a flare, a coke oven, a spoil heap on fire."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    longitude: float = Field(ge=-180, le=180)
    """Degrees, WGS-84."""

    latitude: float = Field(ge=-90, le=90)
    """Degrees, WGS-84."""

    metres: float = Field(default=500.0, gt=0, le=20_000)
    """A pixel whose centre is no farther from there is of this place."""


class Config(AdapterConfig):
    """Heat that satellites see, asked of FIRMS, handed in as files, or both."""

    type: Literal["firms"]
    """`firms`"""

    url: Url = "https://firms.modaps.eosdis.nasa.gov"
    """FIRMS, or a mirror of it within one's own network."""

    map_key: Annotated[Secret, AfterValidator(_key)] | None = None
    """The key (MAP_KEY) that FIRMS gives to everybody who asks by mail, plainly or as
    `{ file = "…" }`. Without one nothing is asked for: files come through the door alone."""

    area: Annotated[tuple[float, float, float, float], AfterValidator(_box)] | None = None
    """What to ask for: `[west, south, east, north]` in degrees. The smaller the better."""

    sources: tuple[
        Literal["VIIRS_SNPP_NRT", "VIIRS_NOAA20_NRT", "VIIRS_NOAA21_NRT", "MODIS_NRT"], ...
    ] = Field(
        default=("VIIRS_NOAA20_NRT", "VIIRS_NOAA21_NRT", "VIIRS_SNPP_NRT", "MODIS_NRT"),
        min_length=1,
        max_length=4,
    )
    """Which of FIRMS' sets of data. The standard products come months later, as files."""

    days: int = Field(default=2, ge=1, le=10)
    """How many days (UTC), today's included, are asked for each time: passes come hours late."""

    every: float = Field(default=900.0, ge=60, le=86_400)
    """Seconds between two rounds; a round asks once for each source and day. FIRMS allows 5,000
    questions in ten minutes, and has something new a few times a day."""

    standing_heat: tuple[Uscc, ...] = Field(default=(), max_length=10_000)
    """Enterprises (统一社会信用代码) that are hot all the time: steel, coke, cement, glass. What is seen
    there is kept and is no alert."""

    standing_places: tuple[StandingPlace, ...] = Field(default=(), max_length=1_000)
    """Places of the same kind, `{ longitude = …, latitude = …, metres = 500 }`."""

    least_confidence: Level = Level.NOMINAL
    """`low`, `nominal` or `high`: what FIRMS is less sure of is kept and is no alert. Of VIIRS, low is
    mostly the sun's glint by day; of MODIS it is below 30 per cent, high from 80."""

    silence_hours: float = Field(default=24.0, ge=0, le=720)
    """Heat at one enterprise is one episode while no more than so many hours lie between."""

    backlog_hours: float = Field(default=72.0, ge=1, le=8_760)
    """What is older than so many hours when it comes raises no alarm of now."""

    secret: PathSecret | None = None
    """A part of the address for who cannot send a header: files are pushed to
    `/api/v1/feeds/{name}/{secret}`. Plainly or as `{ file = "…" }`."""

    max_body: int = Field(default=5_000_000, ge=1024, le=50_000_000)
    """Bytes of a file or an answer; a longer file is refused with 413."""

    max_rows: int = Field(default=5_000, ge=1, le=50_000)
    """Rows of a file or an answer; a file with more is refused with 413: cut it to the area."""

    heartbeat_seconds: float = Field(default=3600.0, ge=0, le=86_400)
    """Of the rounds that bring nothing new, one in so many seconds is kept."""

    ca_file: FilePath | None = None
    """The certificates (PEM) that may vouch for `url`; without it, the system's."""

    connect_timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds within which a connection must come about."""

    answer_within: float = Field(default=60.0, gt=0, le=600)
    """Seconds within which a whole answer must have come."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that a delivery under way may take when the daemon stops."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.map_key is None) != (self.area is None):
            raise ValueError("map_key and area belong together")
        return self

    @property
    def server(self) -> Server:
        """Where to ask, and within which bounds."""
        return Server(
            url=self.url,
            ca_file=self.ca_file,
            connect_timeout=self.connect_timeout,
            answer_within=self.answer_within,
        )
