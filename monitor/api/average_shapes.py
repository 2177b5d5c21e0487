"""The shapes of averages, as the OpenAPI document names them."""

from __future__ import annotations

from monitor.api.schemas import Shape, Timestamp


class Reported(Shape):
    """What the device said."""

    value: float | None
    converted: float | None
    flag: str | None


class Computed(Shape):
    """What the finer data makes; null where too little of it is valid."""

    value: float | None
    """Weighted by flow where every valid value has one (water), else arithmetic."""
    arithmetic: float | None
    converted: float | None
    """At the outlet's reference oxygen."""
    mass: float | None
    """kg, of an hour whose flow is known."""
    count: int
    """How many values are valid, of those that are due."""
    due: int
    flag: str


class Average(Shape):
    """One pollutant over one hour, day or month."""

    start: Timestamp
    end: Timestamp
    pollutant: str
    reported: Reported | None
    computed: Computed | None


class AverageList(Shape):
    """Averages by start and pollutant; a request spans so little that it is one page."""

    items: list[Average]
