"""Working days and terms: what is announced, what the bureau adds, what nobody knows yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calendar import Calendar, Deadline, Term, Unit, deadline, parse, paused
from monitor.clock import day_start
from monitor.task import Trigger
from monitor.terms import Terms

ZONE = ZoneInfo("Asia/Shanghai")
SHIPPED = Calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due(term: str, since: str, calendar: Calendar = SHIPPED) -> Deadline:
    return deadline(Term.parse(term), at(since), ZONE, calendar)


def end_of(text: str) -> datetime:
    return day_start(date.fromisoformat(text) + timedelta(days=1), ZONE)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-14", True),  # a Saturday, worked for the Spring Festival (国办发明电〔2025〕)
        ("2026-02-17", False),  # 春节
        ("2026-10-10", True),  # a Saturday, worked for the National Day
        ("2026-10-07", False),
        ("2026-11-26", True),
        ("2026-11-28", False),
    ],
)
def test_announced_years_are_known_to_the_day(day: str, works: bool) -> None:
    assert SHIPPED.works(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("term", "since", "expected"),
    [
        ("1 working day", "2026-11-26T09:00", "2026-11-27"),
        ("1 working day", "2026-11-27T23:59", "2026-11-30"),  # over a weekend
        ("3 working days", "2026-09-30T17:00", "2026-10-10"),  # over the National Day, with 调休
        ("2 working days", "2026-02-13T08:00", "2026-02-24"),  # over the Spring Festival
        ("15 days", "2026-11-26T09:00", "2026-12-11"),
    ],
)
def test_terms_end_with_their_last_day(term: str, since: str, expected: str) -> None:
    found = due(term, since)
    assert found.due_at == end_of(expected)
    assert not found.provisional


def test_hours_are_hours() -> None:
    found = due("48 hours", "2026-11-27T17:00")
    assert found.due_at == at("2026-11-29T17:00")
    assert found.calendar is None


def test_a_year_nobody_has_announced_is_provisional_and_never_silently_wrong() -> None:
    assert SHIPPED.known(2026)
    assert not SHIPPED.known(2027)
    found = due("3 working days", "2026-12-31T10:00")
    assert found.provisional
    assert found.due_at == end_of("2027-01-06")  # 1 January rests, then a weekend
    assert "chinesecalendar" in (found.calendar or "")


def test_the_bureaus_overlay_makes_the_year_known_and_settles_what_was_provisional() -> None:
    overlay = parse(
        ["date,works", "2027-01-02,no", "2027-01-03,yes", "2027-01-04,no"], years=[2027]
    )
    assert overlay.known(2027)
    first = Terms(zone=ZONE, by={(Trigger.MANUAL, None): Term.parse("3 working days")})
    held = first.deadline(Trigger.MANUAL, 3, at("2026-12-31T10:00"))
    assert first.settled(held) is None
    later = Terms(zone=ZONE, calendar=overlay, by=first.by)
    again = later.settled(held)
    assert again is not None
    assert (again.due_at, again.provisional) == (end_of("2027-01-06"), False)
    assert again.calendar != held.calendar
    assert later.settled(again) is None  # what is settled does not move any more


def test_a_local_day_alone_does_not_make_a_year_known() -> None:
    overlay = parse(["date,works", "2027-03-15,no"])
    assert not overlay.works(date(2027, 3, 15))
    assert not overlay.known(2027)
    assert due("1 working day", "2027-03-14T10:00", overlay).provisional


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["day,works"], "line 1"),
        (["date,works", "2027-13-01,no"], "line 2"),
        (["date,works", "2027-01-01,no", "2027-01-02,maybe"], "line 3"),
    ],
)
def test_an_overlay_that_is_not_one_is_refused_by_line(lines: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(lines)


@pytest.mark.parametrize(
    "text", ["", "0 hours", "3", "3 weeks", "-1 days", "9999 days", "1.5 hours"]
)
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="working days"):
        Term.parse(text)


TERMS = st.builds(Term, st.integers(1, 300), st.sampled_from(Unit))
TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2025, 6, 1)).map(  # noqa: DTZ001
    lambda t: t.replace(tzinfo=UTC)
)


@given(TERMS, TIMES)
def test_a_term_reads_as_it_is_written(term: Term, since: datetime) -> None:
    assert Term.parse(str(term)) == term
    assert deadline(term, since, ZONE, SHIPPED).due_at > since


@given(st.integers(1, 60), TIMES)
def test_working_days_are_counted_by_looking_at_each(count: int, since: datetime) -> None:
    day, left = since.astimezone(ZONE).date(), count
    while left:
        day += timedelta(days=1)
        left -= SHIPPED.works(day)
    found = deadline(Term(count, Unit.WORKING_DAYS), since, ZONE, SHIPPED)
    assert found.due_at == end_of(day.isoformat())


@given(TERMS, TIMES, st.integers(0, 1000), st.integers(0, 2000))
def test_a_pause_leaves_as_much_as_there_was(
    term: Term, since: datetime, wait: int, length: int
) -> None:
    held = deadline(term, since, ZONE, SHIPPED)
    begin = since + timedelta(hours=wait)
    after = paused(held, begin, begin + timedelta(hours=length), ZONE, SHIPPED)
    assert after.due_at >= held.due_at
    if begin >= held.due_at or length == 0:
        assert after.due_at == held.due_at
    elif term.unit is not Unit.WORKING_DAYS:
        assert after.due_at - held.due_at == timedelta(hours=length)


def test_a_pause_in_working_days() -> None:
    held = due("3 working days", "2026-11-20T10:00")  # Friday: due Wednesday the 25th
    assert held.due_at == end_of("2026-11-25")
    after = paused(held, at("2026-11-23T09:00"), at("2026-11-30T09:00"), ZONE, SHIPPED)
    assert after.due_at == end_of("2026-12-02")  # Monday to Wednesday of the week after
