"""What can be set for a device whose stream is read."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, FilePath, model_validator

from adapters.mqtt.profile import ZoneName
from adapters.video.connection import Source
from monitor.adapter import AdapterConfig
from monitor.secret import Secret


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("an address such as http://10.1.2.3 or https://10.1.2.3:8443")
    if parts.username or parts.password:
        raise ValueError("username and password have keys of their own")
    if parts.query or parts.fragment or parts.port == 0:
        raise ValueError("an address such as http://10.1.2.3 or https://10.1.2.3:8443")
    return text.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]
"""The address of a device."""


class DeviceConfig(AdapterConfig):
    """The keys that devices of all makers share."""

    url: Url | None = None
    """The device whose stream is read, e.g. `http://10.1.2.3`."""

    username: str | None = None
    """The name to log in with at the device."""

    password: Secret | None = None
    """The password to log in with, plainly or as `{ file = "…" }`."""

    ca_file: FilePath | None = None
    """The certificates (PEM) that may vouch for the device; without it, the system's. For `https`."""

    connect_timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds within which the device must accept a connection."""

    read_timeout: float = Field(default=30.0, gt=0, le=3600)
    """Seconds without a byte (devices send heartbeats) after which we connect again."""

    heartbeat_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """Of the heartbeats of a stream, one in so many seconds is kept; old firmware sends three per
    second."""

    silence_seconds: float = Field(default=5.0, ge=0, le=86_400)
    """Alarms of one camera and kind that are no further apart than so many seconds are one episode."""

    zone: ZoneName | None = None
    """The time zone of times that a device writes without one; without it, the bureau's."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that a delivery under way may take when the daemon stops."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.url is None and (self.username or self.password or self.ca_file):
            raise ValueError("username, password, ca_file: only with url")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.ca_file is not None and not (self.url or "").startswith("https:"):
            raise ValueError("ca_file: only for https://")
        return self

    @property
    def host(self) -> str:
        """The network address of the device that is read from; empty if none is."""
        return urlsplit(self.url or "").hostname or ""

    def clock(self, zone: tzinfo) -> tzinfo:
        """The zone of times without one, where the bureau's is `zone`."""
        return ZoneInfo(self.zone) if self.zone else zone

    def source(self, path: str) -> Source:
        """Where to connect to, and how to get in."""
        return Source(
            url=self.url or "",
            path=path,
            username=self.username,
            password=self.password,
            ca_file=self.ca_file,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
        )
