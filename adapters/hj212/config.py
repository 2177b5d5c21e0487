"""What can be set for data loggers over HJ 212."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.channels import Channel
from adapters.hj212.parameters import prepare
from adapters.hj212.times import CHINA
from monitor.adapter import AdapterConfig

Item = Annotated[str, Field(pattern=r"^[0-9]{2}$")]


class FirstCommand(BaseModel):
    """One command of the sequence at the first connection."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    code: str
    """The command code (CN), e.g. `1012`."""
    parameters: dict[str, str] = Field(default_factory=dict)
    """What is sent with it, e.g. `{ RtdInterval = "60" }`."""

    @model_validator(mode="after")
    def _sendable(self) -> FirstCommand:
        prepare(self.code, self.parameters, CHINA)
        return self


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

    power_items: dict[Item, Channel] = Field(default={})
    """What the items of ST=44 (用电, `d20405`: item 04) are, where the bureau knows it: `P`, `EPI`,
    `Ua` …; docs/power.md says what is certain of them. They are readings of the meter `<MN>/205` as
    well."""

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

    in_flight_bytes: int = Field(default=16_384, ge=1024)
    """Bytes of one connection that are handed on at a time and must be stored before more is read;
    an eighth of it before a registered device has been heard."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that deliveries under way may take when the daemon stops."""

    command_timeout: float = Field(default=10.0, gt=0, le=600)
    """Seconds to wait for 9011 before a command is sent again (HJ 212-2017 table 1: 10 over mobile
    links, 5 over ADSL; NB-IoT 30)."""

    command_resends: int = Field(default=3, ge=0, le=99)
    """How often a command without 9011 is sent again, under the same QN."""

    result_timeout: float = Field(default=60.0, gt=0, le=86_400)
    """Seconds that a device may be silent between 9011, data and 9012."""

    slow_result_timeout: float = Field(default=7200.0, gt=0, le=86_400)
    """The same where an instrument samples, cleans, calibrates or checks itself."""

    max_commands: int = Field(default=500, ge=1)
    """Commands under way at a time, over all devices."""

    answer_clock_requests: bool = True
    """Whether a device that asks for the time (1013) is given it (1012)."""

    first_connection: tuple[FirstCommand, ...] = ()
    """What a device is told once, when it connects for the first time, in this order (HJ 212-2017
    6.7: time, 1000, 1062, 1064, real-time data, device states). Nothing, unless given here."""
