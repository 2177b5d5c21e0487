"""The shapes of reports, as the OpenAPI document names them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from monitor.api.schemas import Body, Day, Line, Shape, Timestamp, Words
from monitor.reports.duties import Kind
from monitor.reports.period import Level

Period = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2})?$")]


class SummaryRecords(Shape):
    """The records behind a row's figures: credit codes, and numbers of records."""

    listed: list[str]
    documents: list[int]
    cases: list[int]
    reliefs: list[int]


class SummaryRow(Shape):
    """A row of the summary table (汇总表)."""

    district: str
    listed: int
    """纳入清单企业数量（个）: on the list on the last day."""
    documents: int
    """出台的配套、细化措施（发文）数量（件）."""
    cases: int
    """清单内企业环境违法立案处罚数量（件）."""
    reliefs: int
    """减免处罚次数（次）."""
    records: SummaryRecords


class SummaryTotal(Shape):
    """The table's last row."""

    listed: int
    documents: int
    cases: int
    reliefs: int


class SummaryTable(Shape):
    """落实监督执法正面清单工作情况汇总表."""

    title: str
    unit: str
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    rows: list[SummaryRow]
    total: SummaryTotal
    note: str


class Figures(Shape):
    """What is counted for a brief."""

    listed: int
    """Enterprises on the list on the last day."""
    added: int
    """Of them, those that were not on it on the day before the first."""
    removed: int
    """The other way round."""
    documents: int
    cases: int
    reliefs: int
    alerts_visited: int
    """Visits that off-site means asked for within the span."""
    problems: int
    """Problems that off-site means found, confirmed within the span."""
    complaints: int
    """Complaints verified within the span."""
    spared: int
    """Visits of random draws that the list spared."""


class ReportRecords(SummaryRecords):
    """The records behind a row's figures; `spared` as draw:credit code."""

    added: list[str]
    removed: list[str]
    alerts_visited: list[int]
    problems: list[int]
    complaints: list[int]
    spared: list[str]


class ReportRow(Figures):
    """A district's figures."""

    district: str
    records: ReportRecords


class ReportCase(Shape):
    """A typical case as it is published."""

    id: int
    title: str
    text: str
    major: bool


class ReportFigures(Shape):
    """A report's figures, from the records alone."""

    unit: str
    level: Level
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    total: Figures
    rows: list[ReportRow]
    by_category: dict[str, int]
    by_relief: dict[str, int]
    by_means: dict[str, int]
    typical_cases: list[ReportCase]
    legal_basis: list[dict[str, str]]


class ReportDuty(Shape):
    """A paper that is owed to the level above."""

    kind: Kind
    level: Level
    district: str | None
    unit: str
    period: str
    due_on: Day
    state: str
    """`due`, `late`, `handed_in`, `handed_in_late`."""
    handed_in_on: Day | None
    handed_in_by: str | None
    note: str | None
    reminded_at: Timestamp | None


class ReportDuties(Shape):
    """Papers in order of the day they are due."""

    items: list[ReportDuty]


class HandInBody(Body):
    """Which paper was handed in, and when."""

    kind: Kind
    level: Level
    district: Line | None = None
    """Of a county's."""
    period: Period
    """`2026-10`, or `2026`."""
    on: date
    note: Words | None = None
