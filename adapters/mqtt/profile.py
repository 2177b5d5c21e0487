"""How a maker's JSON is to be read: what stands where. Written in the configuration, never code."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    model_validator,
)

from adapters.hj212.text import is_name
from adapters.mqtt import path
from adapters.mqtt.times import FORMATS
from monitor.observation import Period

CODE_LIMIT = 64
"""Characters of a code."""


def _path(value: object) -> object:
    return path.parse(value) if isinstance(value, str) else value


def _single(value: path.Path) -> path.Path:
    if not value.single:
        raise ValueError(f"{value.text!r} may find several things; here one is needed")
    return value


def _format(text: str) -> str:
    if text not in FORMATS and "%" not in text:
        raise ValueError(f"one of {', '.join(FORMATS)}, or a pattern such as %Y/%m/%d %H:%M:%S")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"no such time zone: {name}; try Asia/Shanghai") from None
    return name


def _name(text: str) -> str:
    if not text or len(text) > CODE_LIMIT or not is_name(text):
        raise ValueError("a code has 1 to 64 characters, no comma and no control characters")
    return text


TimeFormat = Annotated[str, AfterValidator(_format)]
ZoneName = Annotated[str, AfterValidator(_zone)]
Several = Annotated[InstanceOf[path.Path], BeforeValidator(_path)]
One = Annotated[InstanceOf[path.Path], AfterValidator(_single), BeforeValidator(_path)]
Code = Annotated[str, AfterValidator(_name)]
Spanned = Literal[Period.REALTIME, Period.MINUTE, Period.HOUR, Period.DAY]
Factor = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]


class Profile(BaseModel):
    """Where the parts of a report are; paths as in `adapters/mqtt/path.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Paths from the message, and the texts that must stand there: other messages (logins,
    heartbeats) are kept and not read."""

    reports: Several = path.parse(".")
    """Where the reports are, if a message has several, e.g. `data[]`. The paths of `device`, `time`,
    `period_at` and `items` start at a report."""

    device: One
    """The device code (MN, or the number of the meter)."""

    time: One
    """The time of the values."""

    time_format: TimeFormat = "iso"
    """`iso` (2026-08-01T12:00:00+08:00, also with a blank for the T), `digits` (20260801120000),
    `epoch_s`, `epoch_ms`, or a pattern of strptime such as `%Y/%m/%d %H:%M:%S`."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it, the bureau's."""

    stamp: Literal["start", "end"] = "start"
    """Which end of its period the time marks. HJ 212 marks the start; many makers the end."""

    period: Spanned = Period.REALTIME
    """What the values stand for: `realtime`, `minute` (of `minute_interval` minutes), `hour`,
    `day`."""

    period_at: One | None = None
    """Where the message itself says which; then `periods` says what its words mean."""

    periods: dict[str, Spanned] = Field(default_factory=dict)
    """The message's words for periods, e.g. `1h = "hour"`."""

    items: Several
    """Where the items are: `data[]` for a list, `data.*` for an object of them."""

    code: One | Literal["*"] = "*"
    """The item's code (pollutant or electrical quantity), from the item; `*` is its own name in the
    object."""

    value: One | None = path.parse(".")
    """The average, or the reading of real-time data, from the item; `.` is the item itself."""

    min: One | None = None
    """The least value."""

    max: One | None = None
    """The greatest value."""

    total: One | None = None
    """An amount (累计)."""

    converted: One | None = None
    """The value at reference oxygen (折算)."""

    flag: One | None = None
    """The mark of the value, e.g. `N`. Nothing there = not marked, which means valid."""

    flags: dict[str, Code] = Field(default_factory=dict)
    """The message's marks and what HJ 212 calls them, e.g. `0 = "N"`; others stay as they are."""

    codes: dict[str, Code] = Field(default_factory=dict)
    """The message's codes and what they are here, e.g. `SO2 = "a21026"`."""

    unlisted: Literal["keep", "skip"] = "keep"
    """Whether items whose code is not among `codes` are taken under their own name or left out."""

    factors: dict[str, Factor] = Field(default_factory=dict)
    """By what the numbers of an item are multiplied, by the message's code, e.g. a ratio of current
    transformers that the meter has not applied, or 0.001 from W to kW."""

    def clock(self, zone: tzinfo) -> tzinfo:
        """The zone of times without an offset, where the bureau's is `zone`."""
        return ZoneInfo(self.zone) if self.zone else zone

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for text in self.only:
            _single(path.parse(text))
        if (self.period_at is None) != (not self.periods):
            raise ValueError("period_at and periods belong together")
        if not any((self.value, self.min, self.max, self.total, self.converted)):
            raise ValueError("value: none of value, min, max, total, converted is given")
        if self.unlisted == "skip" and not self.codes:
            raise ValueError('unlisted = "skip" without codes would leave out everything')
        return self
