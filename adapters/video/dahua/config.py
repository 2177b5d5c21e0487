"""What can be set for a Dahua device."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from adapters.video.device import DeviceConfig, Url


class Config(DeviceConfig):
    """One device whose stream we read; it brings the events of all its channels."""

    type: Literal["dahua"]
    """`dahua`"""

    url: Url
    """The device whose stream is read, e.g. `http://10.1.2.3`."""

    device: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,64}$")] | None = None
    """The device's name in the sources of its events, e.g. its serial number, which the stream does not
    say; without it, its network address."""

    first_channel: int = Field(default=1, ge=0, le=1000)
    """The channel whose `index` is 0; some recorders count from 0."""

    codes: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")], ...] = Field(
        default=("All",), min_length=1, max_length=100
    )
    """The codes of the events to ask for, e.g. `["CrossRegionDetection", "FireWarning"]`."""

    heartbeat_interval: int = Field(default=5, ge=1, le=60)
    """Seconds between the heartbeats that the device is asked for."""

    read_timeout: float = Field(default=15.0, gt=0, le=3600)
    """Seconds without a byte (devices send heartbeats) after which we connect again."""

    @property
    def path(self) -> str:
        """Where the stream is (Dahua HTTP API, eventManager)."""
        asked = f"codes=[{','.join(self.codes)}]&heartbeat={self.heartbeat_interval}"
        return f"/cgi-bin/eventManager.cgi?action=attach&{asked}"

    @property
    def name_of_device(self) -> str:
        """By which its cameras are known."""
        return self.device or self.host
