"""Shapes of devices, the quality of their data, the loggers behind them, and commands to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from monitor.api.schemas import Body, Day, Name, Shape, Storable, Timestamp
from monitor.command import Origin
from monitor.command import State as CommandState

Parameter = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), Storable]


class Device(Shape):
    """A device that was heard."""

    mn: str
    adapter: str
    registered: bool
    first_seen: Timestamp
    last_seen: Timestamp
    frames: int
    peer: str | None


class DevicePage(Shape):
    """Devices in the order they were first heard."""

    items: list[Device]
    next: str | None


class Frames(Shape):
    """How the frames of a span of days were."""

    frames: int
    clean: int
    refused: int
    share: float | None
    """Of clean ones; null where there were none."""


class CleanFrames(Shape):
    """Of today, and of the last 7 and 30 days with today."""

    today: Frames
    days_7: Frames
    days_30: Frames


class DeviceProblem(Shape):
    """How often frames of the last 30 days had a problem."""

    problem: str
    count: int
    last_at: Timestamp


class DeviceClock(Shape):
    """How far the device's clock was ahead of ours (behind: below zero), on the last day that tells.

    As the frames say when they were sent, so the time on the way counts as being behind.
    """

    day: Day
    frames: int
    mean_ms: float
    least_ms: int
    most_ms: int


class Rates(Shape):
    """Hour groups (组) and rates; a rate is null where there is nothing to divide by."""

    due: int
    """应收组数."""
    received: int
    """实收组数."""
    valid: int
    """有效组数."""
    transmission: float | None
    """传输率."""
    validity: float | None
    """有效率."""
    effective: float | None
    """有效传输率."""


class RatesTwice(Shape):
    """As the data came in time, and with what came late (补传)."""

    in_time: Rates
    with_late: Rates


class DeviceRates(Shape):
    """Of yesterday, of the last 7 days with today, of this month."""

    yesterday: RatesTwice
    days_7: RatesTwice
    month: RatesTwice


class Gap(Shape):
    """A run of periods that did not come: [start, end), so many."""

    period: Literal["minute", "hour", "day"]
    start: Timestamp
    end: Timestamp
    missing: int


class GapPage(Shape):
    """Gaps in order of time."""

    items: list[Gap]
    next: str | None


class GapSummary(Shape):
    """The gaps of the last 7 days."""

    due: int
    missing: int
    gaps: int
    longest: Gap | None


class DeviceGaps(Shape):
    """By period; null where the device does not send it."""

    minute: GapSummary | None
    hour: GapSummary | None
    day: GapSummary | None


class DeviceQuality(Device):
    """How good a device's data is."""

    clean: CleanFrames
    problems: list[DeviceProblem]
    clock: DeviceClock | None
    minute_interval: float | None
    """Minutes that its minute data stands for, as learnt from it."""
    rates: DeviceRates
    gaps: DeviceGaps


class Logger(Shape):
    """A data logger that said who it is (HJ 212-2025 CN=1001)."""

    logger: str
    adapter: str
    details: dict[str, str]
    """What else it says: numbers of its processor (i23006) and network cards (i23007, i23008)."""
    mn: str | None
    """The device code it was given."""
    peer: str | None
    first_seen: Timestamp
    last_seen: Timestamp


class LoggerPage(Shape):
    """Loggers by their own numbers."""

    items: list[Logger]
    next: str | None


class CommandBody(Body):
    """A command for a device."""

    code: Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["1012"])]
    """The protocol's code (HJ 212: CN); `/commands/codes` has them."""
    parameters: Annotated[dict[Name, Parameter], Field(max_length=50)] = Field(
        default_factory=dict, examples=[{"PolId": "w01018"}]
    )
    """What is sent with it, by the names of the standard."""
    wait_minutes: Annotated[int, Field(ge=1, le=43_200)] = 1440
    """How long it may wait for the device to be connected."""


class AssignBody(Body):
    """The MN that a data logger gets."""

    mn: Name


class Command(Shape):
    """A command and what became of it."""

    id: int
    mn: str
    code: str
    parameters: dict[str, str]
    """Secret ones are `***`."""
    origin: Origin
    requested_by: str
    requested_at: Timestamp
    expires_at: Timestamp
    state: CommandState
    attempts: int
    """How often it was sent."""
    sent_at: Timestamp | None
    finished_at: Timestamp | None
    reason: str | None
    """Why it failed, or what is to be known of how it ended: `no-answer` (9011 never came),
    `refused: …`, `no-result` (9012 never came), `no-data`."""
    result: dict[str, Any] | None
    """`qn_rtn`, `exe_rtn`, `records` (of history), `answers`, `late`, `unmatched` (replies under
    another QN)."""


class CommandPage(Shape):
    """Commands, newest first."""

    items: list[Command]
    next: str | None


class CommandCode(Shape):
    """One row of the table of command codes."""

    code: str
    direction: str
    """`up` from the device, `down` to it, `both`."""
    kind: str
    editions: list[str]
    meaning: str
    parameters: list[dict[str, Any]]
    """Each with `name`, `optional`, `meaning`, `allowed`."""


class CommandCodeList(Shape):
    """The table of command codes."""

    items: list[CommandCode]
