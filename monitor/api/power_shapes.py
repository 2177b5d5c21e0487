"""The shapes of emergency orders, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from monitor.api.schemas import Body, Name, Shape, Timestamp, Words

Share = Annotated[float, Field(ge=0, le=1)]


class EmergencyOrderBody(Body):
    """An emergency order to enter."""

    uscc: Annotated[str, Field(max_length=100)]
    kind: Literal["stop", "limit"]
    start: Timestamp
    end: Timestamp | None = None
    """Left out: until it is lifted."""
    allowed_share: Share | None = None
    """Of a limit: the share of the usual load that may go on, 0.5 for half."""
    baseline_kw: Annotated[float, Field(gt=0, le=1e9)] | None = None
    """Of a limit: the usual load of the line; left out, it is that of the days before."""
    line: Name | None = None
    """The line (生产线) of the register that it is for; left out, all of the enterprise."""
    document: Words | None = None
    """文号."""


class LiftBody(Body):
    """When an emergency order ended, before its time, and why."""

    at: Timestamp
    reason: Words


class OrderStruckOut(Shape):
    """When, by whom and why an order does not count any more."""

    at: Timestamp
    by: str
    reason: str
    replaced_by: int | None
    """The order that took its place, where it was lifted early."""


class EmergencyOrder(Shape):
    """An emergency order (应急减排)."""

    id: int
    uscc: str
    line: str | None
    kind: Literal["stop", "limit"]
    start: Timestamp
    end: Timestamp | None
    allowed_share: float | None
    baseline_kw: float | None
    document: str | None
    recorded_at: Timestamp
    recorded_by: str
    struck_out: OrderStruckOut | None


class EmergencyOrderPage(Shape):
    """Emergency orders in order of their time."""

    items: list[EmergencyOrder]
    next: str | None
