"""What is owed, by when: the notices' own days."""

from __future__ import annotations

from datetime import date

from monitor.reports.duties import Duty, Kind, due
from monitor.reports.period import Level
from monitor.reports.policy import Reporting

ALL = Reporting(levels=tuple(Level))


def owed(first: date, last: date) -> list[tuple[str, str, str, str, date]]:
    return [
        (d.level.value, d.district, d.kind.value, d.period, d.due_on)
        for d in due(ALL, ["东区"], first, last)
    ]


def test_the_days_of_the_notices() -> None:
    assert owed(date(2026, 9, 1), date(2026, 10, 31)) == [
        ("county", "东区", "brief", "2026-08", date(2026, 9, 10)),
        ("city", "", "article", "2026-08", date(2026, 9, 15)),
        ("county", "东区", "summary", "2026", date(2026, 9, 28)),
        ("county", "东区", "year", "2026", date(2026, 9, 28)),
        ("province", "", "article", "2026-09", date(2026, 9, 30)),
        ("city", "", "summary", "2026", date(2026, 10, 10)),
        ("city", "", "year", "2026", date(2026, 10, 10)),
        ("county", "东区", "brief", "2026-09", date(2026, 10, 10)),
        ("city", "", "article", "2026-09", date(2026, 10, 15)),
        ("province", "", "summary", "2026", date(2026, 10, 15)),
        ("province", "", "year", "2026", date(2026, 10, 15)),
        ("province", "", "article", "2026-10", date(2026, 10, 31)),
    ]


def test_a_short_month_and_the_turn_of_the_year() -> None:
    assert ("province", "", "article", "2027-02", date(2027, 2, 28)) in owed(
        date(2027, 2, 1), date(2027, 2, 28)
    )
    assert owed(date(2027, 1, 10), date(2027, 1, 10)) == [
        ("county", "东区", "brief", "2026-12", date(2027, 1, 10))
    ]


def test_states() -> None:
    duty = Duty(
        due_on=date(2026, 9, 10), level=Level.CITY, district="", kind=Kind.BRIEF, period="2026-08"
    )
    assert duty.state(date(2026, 9, 10), None) == "due"
    assert duty.state(date(2026, 9, 11), None) == "late"
    assert duty.state(date(2026, 9, 20), date(2026, 9, 10)) == "handed_in"
    assert duty.state(date(2026, 9, 20), date(2026, 9, 11)) == "handed_in_late"
