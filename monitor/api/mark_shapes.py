"""The shapes of marks, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from monitor.api.schemas import Body, Name, Shape, Timestamp, Words


class MarkBody(Body):
    """A mark to enter."""

    mn: Annotated[str, Field(max_length=100)]
    pollutant: Annotated[str, Field(max_length=40)] | None = None
    """Empty: all pollutants of the outlet."""
    class_: Annotated[Literal["device", "condition"], Field(alias="class")]
    item: Name
    """What is marked: 校准, 故障, 启炉, 停运 …; the items of a sector's rule are in docs/marks.md."""
    start: Timestamp
    end: Timestamp
    manual: bool
    reason: Words | None = None
    submitted_at: Timestamp | None = None
    """When it was handed in; now if it is left out."""
    ordered_at: Timestamp | None = None
    """When the authority asked for it (电子督办), where it did."""


class StrikeOutBody(Body):
    """Why a mark shall count no more."""

    reason: Words


class StruckOut(Shape):
    """When, by whom and why a mark was struck out."""

    at: Timestamp
    by: str
    reason: str


class RefusedPart(Shape):
    """A part of a mark that does not keep data from being judged."""

    start: Timestamp
    end: Timestamp
    why: Literal["late", "too-long", "spent", "guard", "no-rule"]


class Mark(Shape):
    """A mark."""

    id: int | None
    """Null for what a flag of the data says by itself."""
    mn: str
    pollutant: str | None
    class_: Annotated[Literal["device", "condition"], Field(alias="class")]
    item: str
    start: Timestamp
    end: Timestamp
    manual: bool
    reason: str
    submitted_at: Timestamp
    ordered_at: Timestamp | None
    recorded_at: Timestamp | None
    recorded_by: str | None
    struck_out: StruckOut | None
    refused: list[RefusedPart] | None = None
    """The parts that do not count; only where one outlet is asked for."""


class MarkPage(Shape):
    """Marks in order of their time."""

    items: list[Mark]
    next: str | None


class Hours(Shape):
    """A sum of marked hours."""

    budget: str
    items: list[str]
    """The marks that draw on it."""
    span: str
    """The year `2026`, or the quarter `2026Q3`."""
    used: float
    allowed: float


class HoursPage(Shape):
    """The sums of an outlet in a year."""

    items: list[Hours]
