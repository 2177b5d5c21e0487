"""The shapes of the positive list at work, as the OpenAPI document names them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from monitor.api.schemas import Body, Day, Name, Shape, Timestamp, Words
from monitor.positive import Condition, ListChange, Outcome, ProposalState, Treatment

Uscc = Annotated[str, Field(max_length=100)]


def _code(value: object) -> object:
    """The notices number their categories, and some platforms send the number."""
    return str(value) if type(value) is int else value


Category = Annotated[Name, BeforeValidator(_code)]


class ListingBody(Body):
    """An enterprise to list."""

    uscc: Uscc
    category: Category
    listed_from: date
    listed_until: date | None = None
    """The last day; left out: open."""
    document: Words | None = None
    """文号."""
    grounds: Words | None = None
    """列入理由."""


class EndBody(Body):
    """From when an enterprise is off the list, and why."""

    from_: Annotated[date | None, Field(alias="from")] = None
    """The first day on which it is not listed any more; the first day of the listing: it never was. Left
    out: today."""
    listed_until: date | None = None
    """The last day on which it is listed, in place of `from`."""
    document: Words | None = None
    reason: Words
    bar_kind: Name | None = None
    """It may not come back for as long as the configuration has it of this kind."""
    bar_until: date | None = None
    """It may not come back until after this day."""


class MoveBody(Body):
    """Another category, from a day on."""

    category: Category
    from_: Annotated[date, Field(alias="from")]
    until: date | None = None
    """Left out: as long as it was listed before."""
    document: Words
    grounds: Words


class Superseded(Shape):
    """When, by whom and why a row of the books was replaced or taken out."""

    at: Timestamp
    by: str | None
    reason: str | None


class ListedSpan(Shape):
    """A span on the positive list (正面清单) with its enterprise."""

    id: int
    uscc: str
    name: str
    district: str
    category: str
    treatment: Treatment
    """When a random draw chooses it while it is listed."""
    listed_from: Day
    listed_until: Day | None
    document: str | None
    grounds: str | None
    end_document: str | None
    end_reason: str | None
    bar_until: Day | None
    bar_kind: str | None
    recorded_at: Timestamp
    recorded_by: str | None
    superseded: Superseded | None


class ListedSpanPage(Shape):
    """The positive list of a day, by credit code."""

    items: list[ListedSpan]
    next: str | None


class ConditionRecord(Shape):
    """What an answer rests on."""

    kind: Literal["task", "alert", "case", "outlet"]
    id: int | str


class ConditionAnswer(Shape):
    """How a condition of inclusion stands."""

    condition: Condition
    outcome: Outcome
    why: str
    records: list[ConditionRecord]


class Inclusion(Shape):
    """The conditions of a category for an enterprise on a day."""

    uscc: str
    category: str
    on: Day
    meets: bool | None
    """Null where none fails and some are not known."""
    conditions: list[ConditionAnswer]


class ReviewItem(Shape):
    """A listing that is due for review."""

    listing: ListedSpan
    reasons: list[Literal["expiring", "failing", "proposed"]]
    failing: list[ConditionAnswer]
    proposals: list[int]
    """Open proposals about the enterprise, suggestions among them."""


class ReviewPage(Shape):
    """What of a month's list is due; a page may have few items although more pages follow."""

    month: str
    items: list[ReviewItem]
    next: str | None


class StatementBody(Body):
    """What a clerk states of a condition that no record here knows."""

    condition: Literal["credit", "recognition", "cases"]
    holds: bool
    words: Words


class ProposalBody(Body):
    """What is proposed."""

    change: ListChange
    uscc: Uscc
    category: Category | None = None
    """Of `add` and `move`."""
    from_: Annotated[date, Field(alias="from")]
    """The first day of the change."""
    until: date | None = None
    document: Words | None = None
    """What the proposal refers to."""
    grounds: Words
    stated: Annotated[list[StatementBody], Field(default_factory=list, max_length=10)]


class ApproveBody(Body):
    """By which document the city decides, and why where a condition fails."""

    document: Words
    reason: Words | None = None
    from_: Annotated[date | None, Field(alias="from")] = None
    """Another first day than was proposed."""
    bar_kind: Name | None = None
    bar_until: date | None = None


class ReasonBody(Body):
    """Why."""

    reason: Words


class Decision(Shape):
    """How a proposal was settled."""

    at: Timestamp
    by: str
    document: str | None
    reason: str | None
    inclusion: list[ConditionAnswer] | None
    """The conditions on the day of the decision."""
    listing: int | None
    """The span that came of it."""


class Proposal(Shape):
    """A proposal to list, remove or move an enterprise."""

    id: int
    change: ListChange
    state: ProposalState
    uscc: str
    name: str | None
    district: str | None
    listing: int | None
    category: str | None
    from_: Annotated[Day, Field(alias="from")]
    until: Day | None
    document: str | None
    grounds: str
    inclusion: list[ConditionAnswer] | None
    """The conditions on the day of the proposal."""
    task: int | None
    """The task whose report suggested it."""
    proposed_at: Timestamp
    proposed_by: str
    decision: Decision | None
    publication: int | None


class ProposalPage(Shape):
    """Proposals, newest first."""

    items: list[Proposal]
    next: str | None


class PublicationBody(Body):
    """Of which day the list is published."""

    on: date
    note: Words | None = None
    """Where it is published, e.g. the page's address."""


class PublicationHead(Shape):
    """A publication of the list, without its rows."""

    id: int
    on: Day
    note: str | None
    count: int
    list_version: int
    """The version of the register that had it so."""
    published_at: Timestamp
    published_by: str


class PublishedRow(Shape):
    """A row as it was published."""

    uscc: str
    name: str
    district: str
    category: str
    listed_from: Day
    listed_until: Day | None
    document: str | None


class Publication(PublicationHead):
    """A publication of the list."""

    items: list[PublishedRow]


class PublicationPage(Shape):
    """Publications, newest first."""

    items: list[PublicationHead]
    next: str | None
