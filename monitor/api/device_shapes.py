"""Shapes of devices' data quality."""

from __future__ import annotations

from typing import Literal

from monitor.api.schemas import Day, Shape, Timestamp
from monitor.api.shapes import Device


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
