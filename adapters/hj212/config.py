"""What can be set for data loggers over HJ 212."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from monitor.adapter import AdapterConfig


class Config(AdapterConfig):
    """One listening port. All MNs may use it; several adapters of this type may run."""

    type: Literal["hj212"]
    """`hj212`"""

    host: str = "0.0.0.0"  # devices dial in from outside
    """The address to listen on."""

    port: int = Field(default=9212, ge=0, le=65_535)
    """The TCP port to listen on; 0 takes any that is free."""

    minute_interval: int = Field(default=10, ge=1, le=60)
    """Minutes that a record of minute data (CN=2051) stands for."""

    wrong_password: Literal["mark", "refuse"] = "mark"
    """What becomes of frames whose PW is not the registered one: marked and taken, or refused
    (kept, without readings, not answered)."""

    packet_expiry: float = Field(default=300.0, gt=0, le=86_400)
    """Seconds after which sub-packets whose other parts have not come are given up: what of them is
    certain is read, the rest stays in the frames."""

    modbus_crc: Literal["accept", "refuse"] = "accept"
    """What becomes of frames with the CRC of Modbus instead of HJ 212's."""

    max_connections: int = Field(default=20_000, ge=1)
    """Connections at a time. One more takes the place of the oldest over which no registered device
    has been heard; if there is none, it is closed at once. Thousands may come from one address."""

    idle_timeout: float = Field(default=7200.0, gt=0)
    """Seconds without a byte after which a connection is closed. Dead peers are found much earlier
    by TCP keepalive; this ends those that live and say nothing."""

    unheard_timeout: float = Field(default=120.0, gt=0)
    """The same for connections over which no registered device has been heard yet."""

    settle_after: float = Field(default=0.5, gt=0, le=60)
    """Seconds of silence after which a frame without its line end, or with too great a length, is
    taken as complete."""

    write_timeout: float = Field(default=15.0, gt=0)
    """Seconds that a device may take to read its answers before it is disconnected."""

    in_flight_bytes: int = Field(default=65_536, ge=1024)
    """Bytes of one connection that are handed on at a time and must be stored before more is
    read."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that deliveries under way may take when the daemon stops."""
