"""What a bundle is made of, once it has been read from the store. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from monitor.observation import Frame

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much goes into one bundle; what is beyond is named in the manifest's `left_out`."""

    findings: int = 20_000
    frames: int = 20_000
    frame_bytes: int = 64 << 20
    series: int = 20_000
    marks: int = 5_000
    audit: int = 5_000
    attachments: int = 500
    sightings: int = 500
    attachment_bytes: int = 128 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A period of which the rule found something."""

    start_ms: int
    end_ms: int
    value: float | None
    bound: float | None
    exceed_ratio: float
    limit_id: int | None
    frame: int | None
    late: bool
    detail: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One version of one reported value of the alert's pollutant."""

    period: str
    start_ms: int
    end_ms: int
    value: float | None
    converted: float | None
    min: float | None
    max: float | None
    total: float | None
    flag: str | None
    received_ms: int
    late: bool
    frame: int
    version: int
    """1 for the version that its source sent first; the one sent last is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A row of `marks` (数据标记), struck out or not."""

    id: int
    mn: str
    pollutant: str
    kind: str
    """`device` or `condition`."""
    item: str
    start_ms: int
    end_ms: int
    manual: bool
    reason: str
    submitted_at: str
    ordered_at: str | None
    """When the authority asked for it (电子督办), where it did."""
    recorded_at: str
    recorded_by: str
    superseded_at: str | None
    superseded_by: str | None
    superseded_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of the visit (影像资料), and a smaller picture of it for the page."""

    file: str
    """Where it is in the bundle."""
    said: Json
    """What is known of it, as the API says it, without links."""
    content: bytes | None = None
    """Byte for byte as it came; None where it was left out."""
    shown: bytes | None = None
    """A JPEG; None for what is no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alert with everything that it rests on. Times in documents are RFC 3339 in `zone`."""

    alert: Json
    span: tuple[int, int]
    """The alert's first and last instant in ms."""
    day: date
    """The civil day of the act (违法行为发生日): whose law, limits and listing hold."""
    findings: Sequence[Finding]
    task: Json | None
    register: Json
    """What the books said: `at_opening` and `at_act`."""
    limits: Sequence[Json]
    rules: Json
    marks: Sequence[Mark]
    series: Sequence[Point]
    sightings: Sequence[Json]
    """What eyes saw, as the API says it."""
    frames: Mapping[int, Frame]
    attachments: Sequence[Attachment]
    audit: Sequence[Json]
    legal: Sequence[Mapping[str, str]]
    left_out: Sequence[Json]
    zone: tzinfo

    @property
    def converted(self) -> bool:
        """Whether the limits are of converted values (折算值)."""
        return any(limit["basis"] == "converted" for limit in self.limits)
