"""The shapes of cases, reliefs, documents and typical cases, as the OpenAPI document names them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from monitor.api.schemas import Body, Day, Line, Prose, Shape, Timestamp, Words, storable_json
from monitor.record import ReliefKind

Uscc = Annotated[str, Field(max_length=100)]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Penalty = Annotated[Any, AfterValidator(storable_json)]


class CaseBody(Body):
    """A case (立案) to record."""

    uscc: Uscc
    act_on: date
    """The day of the act: whether the enterprise was listed is asked of it."""
    filed_on: date
    task: Number | None = None
    """The verification that found it."""
    number: Line | None = None
    """立案文号."""
    violation: Words | None = None
    """违法行为."""
    decided_on: date | None = None
    penalty: Penalty | None = None
    """As it was decided: an amount in yuan, a text, or what another system says."""
    withdrawn_on: date | None = None
    """撤销立案: from then on it counts no more."""


class CaseChange(Body):
    """What to change in a case; what is left out stays, null takes away."""

    act_on: date | None = None
    filed_on: date | None = None
    task: Number | None = None
    number: Line | None = None
    violation: Words | None = None
    decided_on: date | None = None
    penalty: Penalty | None = None
    withdrawn_on: date | None = None
    reason: Words | None = None
    """Why; it stands with the version that is replaced."""


class ReliefBody(Body):
    """A relief (减免处罚) to record."""

    uscc: Uscc
    on: date
    kind: ReliefKind
    case: Number | None = None
    task: Number | None = None
    ground: Words | None = None


class ReliefChange(Body):
    """What to change in a relief; what is left out stays, null takes away."""

    on: date | None = None
    kind: ReliefKind | None = None
    case: Number | None = None
    task: Number | None = None
    ground: Words | None = None
    reason: Words | None = None


class DocumentBody(Body):
    """An issued document (发文) to record."""

    number: Line
    title: Words
    issued_on: date
    district: Line
    """县区 that issued it, or the city's own name."""


class DocumentChange(Body):
    """What to change in a document; what is left out stays."""

    number: Line | None = None
    title: Words | None = None
    issued_on: date | None = None
    district: Line | None = None
    reason: Words | None = None


class TypicalCaseBody(Body):
    """A case chosen for publication (公开曝光), with its text."""

    uscc: Uscc
    chosen_on: date
    case: Number | None = None
    task: Number | None = None
    major: bool = False
    """重大."""
    title: Line
    text: Prose
    """It names no person, and the enterprise only with `names_enterprise`."""
    names_enterprise: bool = False


class TypicalCaseChange(Body):
    """What to change in a typical case; what is left out stays."""

    chosen_on: date | None = None
    case: Number | None = None
    task: Number | None = None
    major: bool | None = None
    title: Line | None = None
    text: Prose | None = None
    names_enterprise: bool | None = None
    reason: Words | None = None


class StruckOut(Shape):
    """When, by whom and why a record does not count any more."""

    at: Timestamp
    by: str
    reason: str


class _Recorded(Shape):
    id: int
    version: int
    recorded_at: Timestamp
    recorded_by: str
    struck_out: StruckOut | None


class _OfEnterprise(_Recorded):
    uscc: str
    enterprise: str | None
    district: str | None


class Case(_OfEnterprise):
    """A case (立案)."""

    act_on: Day
    filed_on: Day
    task: int | None
    number: str | None
    violation: str | None
    decided_on: Day | None
    penalty: Any
    withdrawn_on: Day | None


class Relief(_OfEnterprise):
    """A relief (减免处罚)."""

    on: Day
    kind: ReliefKind
    case: int | None
    task: int | None
    ground: str | None


class Document(_Recorded):
    """An issued document (发文)."""

    number: str
    title: str
    issued_on: Day
    district: str


class TypicalCase(_OfEnterprise):
    """A case chosen for publication."""

    chosen_on: Day
    case: int | None
    task: int | None
    major: bool
    title: str
    text: str
    names_enterprise: bool


class CasePage(Shape):
    """Cases in order of the day they were filed."""

    items: list[Case]
    next: str | None


class ReliefPage(Shape):
    """Reliefs in order of their day."""

    items: list[Relief]
    next: str | None


class DocumentPage(Shape):
    """Documents in order of their day."""

    items: list[Document]
    next: str | None


class TypicalCasePage(Shape):
    """Typical cases in order of the day they were chosen."""

    items: list[TypicalCase]
    next: str | None


class RecordVersion(Shape):
    """What a record said before it was amended."""

    version: int
    replaced_at: Timestamp
    replaced_by: str
    reason: str | None
    content: dict[str, Any]


class RecordVersions(Shape):
    """What a record said before, the oldest first."""

    items: list[RecordVersion]
