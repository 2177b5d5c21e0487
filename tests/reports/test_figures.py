"""The figures against a count of its own, day by day and record by record, over a generated year."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from monitor.record import Case, Document, Relief, ReliefKind
from monitor.register import Listing
from monitor.reports.figures import Material, Owner, Spared, Visit, count, total
from monitor.reports.period import Span
from monitor.task import Result, Trigger

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
DISTRICTS = ("东区", "西区", "南县", "无企县")


def day(rng: random.Random) -> date:
    return FIRST + timedelta(days=rng.randrange(365))


def year_of(seed: int) -> Material:
    """A year of a small bureau: enterprises listed, ended, listed again, records of every kind."""
    rng = random.Random(seed)
    owners = {
        f"U{n:02}": Owner(uscc=f"U{n:02}", name=f"示例{n}", district=rng.choice(DISTRICTS[:3]))
        for n in range(30)
    }
    listings = []
    for uscc in owners:
        at = FIRST - timedelta(days=rng.randrange(200))
        for _ in range(rng.randrange(4)):
            until = at + timedelta(days=rng.randrange(120))
            is_open = rng.random() < 0.2
            listings.append(
                Listing(
                    id=len(listings) + 1,
                    uscc=uscc,
                    category=str(rng.randrange(1, 7)),
                    listed_from=at,
                    listed_until=None if is_open else until,
                )
            )
            if is_open:
                break
            at = until + timedelta(days=1 + rng.randrange(90))
    usccs = [*owners, "UNKNOWN"]
    cases = {}
    for number in range(1, 120):
        act = day(rng)
        filed = act + timedelta(days=rng.randrange(20))
        withdrawn = filed + timedelta(days=rng.randrange(90)) if rng.random() < 0.1 else None
        cases[number] = Case(
            uscc=rng.choice(usccs), act_on=act, filed_on=filed, withdrawn_on=withdrawn
        )
    reliefs = {
        number: Relief(uscc=rng.choice(usccs), on=day(rng), kind=rng.choice(list(ReliefKind)))
        for number in range(1, 80)
    }
    documents = {
        number: Document(
            number=f"{number}号", title="细则", issued_on=day(rng), district=rng.choice(DISTRICTS)
        )
        for number in range(1, 30)
    }
    visits = []
    for task in range(1, 200):
        queued = day(rng)
        done = rng.random() < 0.7
        visits.append(
            Visit(
                task=task,
                uscc=rng.choice([*usccs, None]),
                district=rng.choice([*DISTRICTS, None]),
                trigger=rng.choice(list(Trigger)),
                mandatory=True,
                queued_on=queued,
                inspected_on=queued + timedelta(days=rng.randrange(30)) if done else None,
                result=rng.choice(list(Result)) if done else None,
            )
        )
    spared = [Spared(draw=n, uscc=rng.choice(list(owners)), on=day(rng)) for n in range(40)]
    spared += [Spared(draw=40 + n, uscc=spared[n].uscc, on=spared[n].on) for n in range(5)]
    return Material(
        owners=owners,
        listings=listings,
        cases=cases,
        reliefs=reliefs,
        documents=documents,
        visits=visits,
        spared=spared,
    )


def listed_on(said: Material, uscc: str, on: date) -> bool:
    return any(
        each.uscc == uscc
        and each.listed_from <= on
        and (each.listed_until is None or on <= each.listed_until)
        for each in said.listings
    )


def by_hand(said: Material, district: str, first: date, last: date) -> dict[str, int]:
    """The figures as somebody would count them with the records on the table."""
    here = [u for u, owner in said.owners.items() if owner.district == district]

    def at_home(visit: Visit) -> bool:
        if visit.uscc in said.owners:
            return visit.uscc in here
        return visit.district == district

    inside = [v for v in said.visits if at_home(v)]
    off_site = [v for v in inside if v.trigger not in (Trigger.COMPLAINT, Trigger.MANUAL)]
    done = [v for v in inside if v.inspected_on and first <= v.inspected_on <= last]
    return {
        "listed": sum(listed_on(said, u, last) for u in here),
        "added": sum(
            listed_on(said, u, last) and not listed_on(said, u, first - timedelta(days=1))
            for u in here
        ),
        "removed": sum(
            not listed_on(said, u, last) and listed_on(said, u, first - timedelta(days=1))
            for u in here
        ),
        "documents": sum(
            first <= d.issued_on <= last and d.district == district for d in said.documents.values()
        ),
        "cases": sum(
            c.uscc in here
            and first <= c.filed_on <= last
            and listed_on(said, c.uscc, c.act_on)
            and not (c.withdrawn_on and c.withdrawn_on <= last)
            for c in said.cases.values()
        ),
        "reliefs": sum(
            r.uscc in here and first <= r.on <= last and listed_on(said, r.uscc, r.on)
            for r in said.reliefs.values()
        ),
        "alerts_visited": sum(first <= v.queued_on <= last for v in off_site),
        "problems": sum(
            v in off_site and v.result in (Result.CONFIRMED, Result.PARTLY_CONFIRMED) for v in done
        ),
        "complaints": sum(v.trigger is Trigger.COMPLAINT for v in done),
        "spared": len(
            {(s.uscc, s.on) for s in said.spared if s.uscc in here and first <= s.on <= last}
        ),
    }


@pytest.mark.parametrize("seed", range(5))
def test_every_county_and_any_period(seed: int) -> None:
    said = year_of(seed)
    rng = random.Random(1000 + seed)
    spans = [Span(FIRST, LAST), Span(date(2026, 10, 1), date(2026, 10, 31))]
    for _ in range(20):
        first, last = sorted((day(rng), day(rng)))
        spans.append(Span(first, last))
    for span in spans:
        rows = {row.district: row for row in count(said, span, DISTRICTS)}
        assert list(rows)[: len(DISTRICTS)] == list(DISTRICTS)
        for district in DISTRICTS:
            wanted = by_hand(said, district, span.first, span.last)
            got = {name: len(getattr(rows[district], name)) for name in wanted}
            assert got == wanted, (district, span)
            (alone,) = count(said, span, DISTRICTS, [district])
            assert alone == rows[district]
        assert total(rows.values()) == {
            name: sum(len(getattr(row, name)) for row in rows.values()) for name in wanted
        }


def test_a_record_is_counted_once_over_the_months_of_a_year() -> None:
    said = year_of(7)
    months = [
        Span(date(2026, m, 1), date(2026, m + 1, 1) - timedelta(days=1)) for m in range(1, 12)
    ]
    months.append(Span(date(2026, 12, 1), LAST))
    for name in ("documents", "reliefs", "problems", "spared", "complaints"):
        whole = [x for row in count(said, Span(FIRST, LAST)) for x in getattr(row, name)]
        parts = [x for m in months for row in count(said, m) for x in getattr(row, name)]
        assert sorted(map(str, parts)) == sorted(map(str, whole))
