"""What can be set for a WVP."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, FilePath, SecretStr, StringConstraints, model_validator

from adapters.mqtt.profile import ZoneName
from adapters.video.device import Url
from adapters.video.polled import PolledConfig
from monitor.event import Datum
from monitor.secret import Secret


class Config(PolledConfig):
    """One WVP, whose alarms are asked for."""

    type: Literal["wvp"]
    """`wvp`"""

    url: Url
    """The platform, e.g. `http://10.1.2.6:18080`."""

    username: str | None = None
    """The name to log in with."""

    password: Secret | None = None
    """The password to log in with, plainly or as `{ file = "…" }`; it is sent as WVP wants it, as its
    MD5 in the address: use `https` beyond the internal network."""

    api_key: Secret | None = None
    """A key of WVP (用户 ApiKey) in place of name and password, plainly or as `{ file = "…" }`."""

    ca_file: FilePath | None = None
    """The certificates (PEM) that may vouch for it; without it, the system's. For `https`."""

    alarm_types: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,64}$")], ...] = Field(
        default=(), max_length=100
    )
    """The types of alarms to ask for, e.g. `["IntrusionDetection", "MotionDetection"]`; empty: all."""

    page_size: int = Field(default=100, ge=1, le=1000)
    """Alarms of one answer."""

    zone: ZoneName = "Asia/Shanghai"
    """The time zone that WVP runs in: GB/T 28181 writes times without one, in Beijing's."""

    datum: Datum = Datum.WGS84
    """What positions are in: `wgs84` (the standard's, and WVP's own setting), `cgcs2000` or `gcj02`
    (火星坐标)."""

    picture_pauses: tuple[Annotated[float, Field(gt=0, le=86_400)], ...] = Field(
        default=(10.0, 30.0, 120.0, 240.0), max_length=20
    )
    """Seconds between the attempts to have a picture: WVP makes it from the stream, after the alarm. A
    restart forgets those of alarms older than `overlap_seconds`."""

    @model_validator(mode="after")
    def _lets_us_in(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if (self.username is None) == (self.api_key is None):
            raise ValueError("either username and password, or api_key")
        if self.ca_file is not None and not self.url.startswith("https:"):
            raise ValueError("ca_file: only for https://")
        if self.api_key is not None and not _is_header(self.api_key):
            raise ValueError("api_key: letters, digits and signs of ASCII, without blanks")
        return self

    @property
    def clock(self) -> tzinfo:
        """The zone of times without one."""
        return ZoneInfo(self.zone)


def _is_header(secret: SecretStr) -> bool:
    return re.fullmatch("[!-~]{1,4096}", secret.get_secret_value()) is not None
