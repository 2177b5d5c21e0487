"""The JSON of what eyes saw."""

from __future__ import annotations

from typing import Any

from monitor.api.schemas import EnterpriseRef, Shape, Timestamp
from monitor.event import Datum, Kind
from monitor.placing import Placed


class SightingPlace(Shape):
    """Where something was seen, in WGS-84; `datum` is the system that the source used."""

    longitude: float
    latitude: float
    datum: Datum
    accuracy: float | None
    of_camera: bool


class Nearest(Shape):
    """The nearest enterprise of an event that is nobody's, and how many metres away it is."""

    name: str
    district: str | None
    distance: float | None


class SightingFileLinks(Shape):
    """Where a file, and a smaller picture of it, are."""

    content: str
    thumbnail: str | None


class SightingFile(Shape):
    """A file that came with an event."""

    sha256: str
    size: int
    type: str
    name: str
    links: SightingFileLinks


class Sighting(Shape):
    """An event as an eye reported it."""

    id: int
    adapter: str
    key: str
    kind: Kind
    source: str
    label: str
    start: Timestamp
    end: Timestamp | None
    confidence: float | None
    place: SightingPlace | None
    placed: Placed
    enterprise: EnterpriseRef | None
    nearest: Nearest | None
    supplementary: bool
    details: dict[str, Any]
    received_at: Timestamp
    frame: int
    alert: int | None
    files: list[SightingFile]


class SightingPage(Shape):
    """A page of events."""

    items: list[Sighting]
    next: str | None
