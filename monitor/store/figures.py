"""What reports are counted from, as the store has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, or_, select

from monitor.clock import civil_date, day_start
from monitor.positive import Treatment
from monitor.register import Listing
from monitor.reports.figures import Material, Owner, Spared, Visit
from monitor.reports.period import Span
from monitor.store.records import OWNERS, TABLES, record_of
from monitor.store.tables import drawn, draws, positive_list, tasks
from monitor.task import Result, Trigger


def material(connection: Connection, span: Span, zone: tzinfo) -> Material:
    """Everything that may count for a span; whether it does, `monitor.reports.figures` says."""
    records = {kind.NOUN: _records(connection, kind, span) for kind in TABLES}
    return Material(
        owners={each.uscc: each for each in _owners(connection)},
        listings=list(_listings(connection)),
        documents=records["document"],
        cases=records["case"],
        reliefs=records["relief"],
        typical=records["typical-case"],
        visits=list(_visits(connection, span, zone)),
        spared=list(_spared(connection, span)),
    )


def _owners(connection: Connection) -> Iterator[Owner]:
    for row in connection.execute(select(OWNERS)):
        yield Owner(uscc=row.uscc, name=row.name, district=row.district)


def _listings(connection: Connection) -> Iterator[Listing]:
    """The spans that the books hold to now; what was corrected counts as it was corrected."""
    at = positive_list.c
    columns = (at.id, at.uscc, at.category, at.listed_from, at.listed_until, at.document)
    for row in connection.execute(select(*columns).where(at.superseded_at.is_(None))):
        yield Listing(**row._mapping)


def _records(connection: Connection, kind: type[Any], span: Span) -> dict[int, Any]:
    table = TABLES[kind]
    on = table.c[kind.ON]
    query = select(table).where(table.c.struck_at.is_(None), on >= span.first, on <= span.last)
    return {
        row.id: record_of(kind, row) for row in connection.execute(query.order_by(on, table.c.id))
    }


def _spared(connection: Connection, span: Span) -> Iterator[Spared]:
    query = (
        select(drawn.c.draw, drawn.c.uscc, draws.c.on_day)
        .join(draws, draws.c.id == drawn.c.draw)
        .where(
            drawn.c.treatment == Treatment.EXEMPT,
            draws.c.on_day >= span.first,
            draws.c.on_day <= span.last,
        )
    )
    for row in connection.execute(query.order_by(drawn.c.draw, drawn.c.place)):
        yield Spared(draw=row.draw, uscc=row.uscc, on=row.on_day)


def _visits(connection: Connection, span: Span, zone: tzinfo) -> Iterator[Visit]:
    """Tasks that were queued within a span or before it: a visit may come later than its task."""
    since = day_start(span.first, zone)
    until = day_start(span.last + timedelta(days=1), zone)
    at = tasks.c
    query = select(
        at.id, at.uscc, at.district, at.trigger, at.mandatory, at.queued_at, at.result
    ).where(at.queued_at < until, or_(at.queued_at >= since, at.result.is_not(None)))
    for row in connection.execute(query.order_by(at.id)):
        report = row.result or {}
        inspected = report.get("inspected_at")
        yield Visit(
            task=row.id,
            uscc=row.uscc,
            district=row.district,
            trigger=Trigger(row.trigger),
            mandatory=row.mandatory,
            queued_on=civil_date(row.queued_at, zone),
            inspected_on=civil_date(datetime.fromisoformat(inspected), zone) if inspected else None,
            result=Result(report["result"]) if report else None,
        )
