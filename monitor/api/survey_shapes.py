"""The JSON of surveys."""

from __future__ import annotations

from typing import Any

from monitor.api.schemas import Shape, Timestamp
from monitor.api.sighting_shapes import Sighting, SightingFileLinks, SightingPlace
from monitor.survey import Content


class Extent(Shape):
    """The box around all that a survey's files cover, WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float


class SurveyEnterprise(Shape):
    """An enterprise that a survey is of: its files touch its boundary, or its sender says so (`said`)."""

    uscc: str
    name: str
    district: str | None
    said: bool


class SurveyLinks(Shape):
    """Where the report page is."""

    page: str


class Survey(Shape):
    """A flight."""

    id: int
    adapter: str
    mission: str
    pilot: str | None
    said_uscc: str | None
    expected_files: int | None
    """Of its files in all, where its sender says how many there are to be (DJI's docks do)."""
    start: Timestamp | None
    end: Timestamp | None
    extent: Extent | None
    enterprises: list[SurveyEnterprise]
    received_at: Timestamp
    updated_at: Timestamp
    links: SurveyLinks


class SurveyFile(Shape):
    """A file of a survey with what was understood of it, and what is wrong with it."""

    sha256: str
    size: int
    type: str
    name: str
    content: Content
    start: Timestamp | None
    end: Timestamp | None
    place: SightingPlace | None
    details: dict[str, Any]
    problems: dict[str, int]
    received_at: Timestamp
    frame: int
    links: SightingFileLinks


class WholeSurvey(Survey):
    """A flight with its files and what was found in them."""

    files: list[SurveyFile]
    findings: list[Sighting]


class SurveyPage(Shape):
    """A page of surveys."""

    items: list[Survey]
    next: str | None
