"""What can be set for lists of hot cells."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adapters.mqtt.profile import ZoneName
from monitor.adapter import AdapterConfig
from monitor.event import Datum
from monitor.secret import PathSecret


class Config(AdapterConfig):
    """Lists of hot cells (热点网格), handed in."""

    type: Literal["hotgrid"]
    """`hotgrid`"""

    secret: PathSecret | None = None
    """A part of the address for who cannot send a header: lists are pushed to
    `/api/v1/feeds/{name}/{secret}`. Plainly or as `{ file = "…" }`."""

    zone: ZoneName | None = None
    """The zone of days and months; without it, the bureau's."""

    datum: Datum = Datum.WGS84
    """What positions are in: `wgs84`, `cgcs2000` or `gcj02` (火星坐标)."""

    cell_metres: float = Field(default=3000.0, gt=0, le=100_000)
    """The side of a cell where a list has only its middle: 3000 at first (千里眼计划), 500 where it
    was refined."""

    outside: Literal["tell", "keep"] = "tell"
    """What becomes of a cell that is no enterprise's, as nearly all are: an alert of the place
    (`tell`), or it is only kept, to be seen (`keep`)."""

    backlog_days: float = Field(default=92.0, ge=1, le=3_650)
    """A list whose period was over longer ago than so many days raises no alarm of now."""

    max_body: int = Field(default=10_000_000, ge=1024, le=50_000_000)
    """Bytes of a list; a longer one is refused with 413."""

    max_rows: int = Field(default=5_000, ge=1, le=50_000)
    """Cells of a list; one with more is refused with 413: hand it in in parts."""
