"""Any sequence of listing, moving, ending and importing, against a naive reading day by day."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.actions import Desk, listings
from monitor.books import Books
from monitor.errors import Conflict, MonitorError
from monitor.register import Enterprise, Listing, Register
from monitor.store import Store, books
from monitor.store import listings as rows
from monitor.tokens import Caller, Role
from tests.registers import uscc

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
BEGIN, DAYS = date(2026, 10, 1), 8
"""Few days, so that spans often begin and end beside each other."""
CITY = Caller(id=1, name="city", role=Role.SUPERVISOR)
_numbers = itertools.count(1)


@dataclass
class Naive:
    """Spans as a clerk would keep them on paper: category, first and last day (None: open)."""

    spans: list[tuple[str, date, date | None]] = field(default_factory=list)

    def on(self, day: date) -> str | None:
        """The category of a day: that of the span that has begun last."""
        held = [s for s in self.spans if s[1] <= day and (s[2] is None or day <= s[2])]
        return max(held, key=lambda span: span[1])[0] if held else None

    def free(self, first: date, last: date | None) -> bool:
        """Whether nobody is listed on any of the days, one by one."""
        until = last or BEGIN + timedelta(days=2 * DAYS)
        days = (first + timedelta(days=n) for n in range((until - first).days + 1))
        return all(self.on(day) is None for day in days)

    def end(self, span: tuple[str, date, date | None], since: date) -> None:
        self.spans.remove(span)
        if since > span[1]:
            self.spans.append((span[0], span[1], since - timedelta(days=1)))


@dataclass
class Kept:
    """The same in the product."""

    store: Store
    uscc: str

    def __post_init__(self) -> None:
        self.desk = Desk(store=self.store, zone=UTC, register=self.register, now=lambda: NOW)
        owner = Enterprise(uscc=self.uscc, name="示例厂", district="东区")
        self.bring(Books(enterprises=(owner,)))

    def register(self) -> Register:
        with self.store.read() as connection:
            return books.load(connection)

    def bring(self, said: Books) -> None:
        with self.store.write() as connection:
            books.apply(connection, said, replace=False, now=NOW, zone=UTC, by="file")

    def in_force(self) -> list[Listing]:
        with self.store.read() as connection:
            return rows.of(connection, self.uscc)


def day(number: int) -> date:
    return BEGIN + timedelta(days=number)


days = st.integers(0, DAYS - 1)
steps = st.tuples(
    st.sampled_from(["list", "list", "move", "end", "import"]),
    st.sampled_from(["1", "3", "6"]),
    days,
    st.sampled_from([0, 1, 1, 2, 3, None]),
    st.integers(0, 3),
)


def taken(kept: Kept, naive: Naive, step: Any) -> None:
    """Take a step in both; what one refuses the other refuses."""
    what, category, first, length, which = step
    since, until = day(first), None if length is None else day(first + length)
    said = Listing(
        uscc=kept.uscc, category=category, listed_from=since, listed_until=until, document="示例"
    )
    if what == "import":
        _imported(kept, naive, said)
    elif what == "list":
        _listed(kept, naive, said)
    elif spans := kept.in_force():
        _changed(kept, naive, what, spans[which % len(spans)], said)


def _imported(kept: Kept, naive: Naive, said: Listing) -> None:
    """A row of a file replaces the one of its key, and stands beside the others."""
    if any(s[1] == said.listed_from and s[0] != said.category for s in naive.spans):
        return  # two that begin on one day: which holds is what was entered last
    kept.bring(Books(listings=(said,)))
    key = (said.category, said.listed_from)
    naive.spans = [span for span in naive.spans if span[:2] != key]
    naive.spans.append((said.category, said.listed_from, said.listed_until))


def _listed(kept: Kept, naive: Naive, said: Listing) -> None:
    if naive.free(said.listed_from, said.listed_until):
        listings.enter(kept.desk, CITY, said)
        naive.spans.append((said.category, said.listed_from, said.listed_until))
    else:
        with pytest.raises(Conflict, match="is in the way"):
            listings.enter(kept.desk, CITY, said)


def _changed(kept: Kept, naive: Naive, what: str, span: Listing, said: Listing) -> None:
    before = (span.category, span.listed_from, span.listed_until)
    since, last = said.listed_from, span.listed_until
    within = span.listed_from <= since and (last is None or since <= last)
    if what == "end":
        if within:
            listings.end(kept.desk, CITY, span.id, since, "示例", "示例")
            naive.end(before, since)
        else:
            with pytest.raises(MonitorError):
                listings.end(kept.desk, CITY, span.id, since, "示例", "示例")
        return
    after = replace(naive, spans=list(naive.spans))
    if within:
        after.end(before, since)
    until = said.listed_until or last
    fits = within and since > span.listed_from and said.category != span.category
    if fits and (until is None or until >= since) and after.free(since, until):
        listings.move(kept.desk, CITY, span.id, said)
        naive.spans = [*after.spans, (said.category, since, until)]
    else:
        with pytest.raises(MonitorError):
            listings.move(kept.desk, CITY, span.id, said)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sequence=st.lists(steps, min_size=1, max_size=6))
def test_listed_on_a_day_is_what_a_naive_reading_says(store: Store, sequence: list[Any]) -> None:
    kept, naive = Kept(store, uscc(next(_numbers) % 1000)), Naive()
    _emptied(store, kept.uscc)
    for step in sequence:
        taken(kept, naive, step)
    register = kept.register()
    for on in _every_day():
        found = register.listing(kept.uscc, on)
        assert (found.category if found else None) == naive.on(on), on
        with store.read() as connection:
            listed = rows.listed(connection, (), on, on, 10, uscc=kept.uscc)
        assert (naive.on(on) is None) == (listed == []), on


def _emptied(store: Store, code: str) -> None:
    with store.read() as connection:
        assert rows.of(connection, code) == []


def _every_day() -> Iterator[date]:
    return (day(n) for n in range(-2, DAYS + 8))
