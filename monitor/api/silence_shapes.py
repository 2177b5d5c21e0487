"""The shapes of silences, as the OpenAPI document names them."""

from __future__ import annotations

from pydantic import Field

from monitor.api.schemas import Body, Line, Shape, Timestamp, Words
from monitor.silence import State


class SilenceBody(Body):
    """Which alerts are told to nobody, until when, and why; `uscc`, `outlet` or `rule` is needed."""

    reason: Words
    from_: Timestamp | None = Field(None, alias="from")
    """A time with offset, or a date; now, unless it is given."""
    until: Timestamp
    """A time with offset, or a date, whose end is meant."""
    uscc: Line | None = None
    outlet: Line | None = None
    """The device code (MN)."""
    rule: Line | None = None
    pollutant: Line | None = None
    district: Line | None = None


class Silence(Shape):
    """A silence (静默): what matches in all that is said is told to nobody."""

    id: int
    state: State
    reason: str
    uscc: str | None
    outlet: str | None
    rule: str | None
    pollutant: str | None
    district: str | None
    """Whose alerts it is bound to; null: of all districts."""
    from_: Timestamp = Field(alias="from")
    until: Timestamp
    """Of one that was ended by hand: when it was."""
    created_at: Timestamp
    created_by: str
    ended_at: Timestamp | None
    ended_by: str | None


class SilencePage(Shape):
    """Silences, newest first."""

    items: list[Silence]
    next: str | None
