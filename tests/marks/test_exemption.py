"""What marks keep from being judged, by the rules as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.averages import AIR
from monitor.clock import to_ms
from monitor.marks import (
    Account,
    Deadlines,
    Exemptions,
    Mark,
    MarkClass,
    account,
    from_flags,
    kind_of,
    parse,
    shipped,
)
from monitor.observation import Layout, Period, Readings, Statistic

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 3, 2, tzinfo=ZONE)
HOUR = timedelta(hours=1)
SO2, PM, OXYGEN = "a21026", "a34013", "a19001"


def mark(
    item: str,
    start: float,
    end: float,
    *,
    kind: MarkClass = MarkClass.CONDITION,
    pollutant: str | None = None,
    submitted: float | None = None,
    ordered: float | None = None,
    manual: bool = True,
) -> Mark:
    """A mark of hours since the day's midnight, handed in as it began unless said otherwise."""
    return Mark(
        mn="X",
        pollutant=pollutant,
        kind=kind,
        item=item,
        start_ms=to_ms(DAY + start * HOUR),
        end_ms=to_ms(DAY + end * HOUR),
        manual=manual,
        submitted_at=DAY + (start if submitted is None else submitted) * HOUR,
        ordered_at=None if ordered is None else DAY + ordered * HOUR,
    )


def worked_out(
    *marks: Mark,
    kind: str | None = "incinerator",
    hours: Mapping[tuple[str, int], float] | None = None,
) -> Account:
    def guard(pollutant: str, at_ms: int) -> float | None:
        hour = (at_ms - to_ms(DAY)) // 3_600_000
        return (hours or {}).get((pollutant, hour))

    return account(marks, shipped(), Deadlines(), ZONE, kind, guard)


def exempt_hours(found: Account, pollutant: str = SO2, among: int = 48) -> set[int]:
    """The clock hours of the first days that are not judged."""
    exemptions = Exemptions(found.spans)
    return {
        hour
        for hour in range(among)
        if exemptions.ground(
            Period.HOUR, to_ms(DAY + hour * HOUR), to_ms(DAY + (hour + 1) * HOUR), pollutant
        )
    }


def why(found: Account) -> set[str]:
    return {part.reason for part in found.refused}


# --- device marks ---------------------------------------------------------------------------------


def test_a_device_mark_makes_invalid_the_hours_of_which_less_than_45_minutes_remain() -> None:
    short = worked_out(mark("校准", 8, 8.25, kind=MarkClass.DEVICE), kind=None)
    assert exempt_hours(short) == set()
    longer = worked_out(mark("校准", 8, 8 + 16 / 60, kind=MarkClass.DEVICE), kind=None)
    assert exempt_hours(longer) == {8}


def test_a_mark_of_one_pollutant_leaves_the_others() -> None:
    found = worked_out(mark("故障", 8, 10, kind=MarkClass.DEVICE, pollutant=SO2), kind=None)
    assert exempt_hours(found) == {8, 9}
    assert exempt_hours(found, PM) == set()


def test_two_short_marks_in_an_hour_count_together_and_overlaps_once() -> None:
    apart = [
        mark("校准", 8, 8.2, kind=MarkClass.DEVICE),
        mark("维护", 8.5, 8.7, kind=MarkClass.DEVICE),
    ]
    assert exempt_hours(worked_out(*apart, kind=None)) == {8}
    over = [
        mark("校准", 8, 8.2, kind=MarkClass.DEVICE),
        mark("维护", 8.05, 8.25, kind=MarkClass.DEVICE),
    ]
    assert exempt_hours(worked_out(*over, kind=None)) == set()


def test_minutes_are_not_judged_where_a_mark_touches_them() -> None:
    exemptions = Exemptions(
        worked_out(mark("校准", 8, 8.1, kind=MarkClass.DEVICE), kind=None).spans
    )
    at = [to_ms(DAY + 8 * HOUR + timedelta(minutes=m)) for m in (5, 6, 7)]
    assert exemptions.ground(Period.MINUTE, at[0], at[1], SO2) is not None
    assert exemptions.ground(Period.MINUTE, at[1], at[2], SO2) is None


@pytest.mark.parametrize(("length", "judged"), [(4, True), (5, False)])
def test_a_day_needs_twenty_hours(length: int, judged: bool) -> None:
    found = worked_out(mark("故障", 3, 3 + length, kind=MarkClass.DEVICE), kind=None)
    day = (to_ms(DAY), to_ms(DAY + 24 * HOUR))
    assert (Exemptions(found.spans, AIR).ground(Period.DAY, *day, SO2) is None) is judged


# --- deadlines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("submitted", "counts"), [(36, True), (36.01, False)])
def test_manual_marks_count_until_noon_of_the_next_day(submitted: float, counts: bool) -> None:
    found = worked_out(
        mark("故障", 8, 10, kind=MarkClass.DEVICE, submitted=submitted), kind="boiler"
    )
    assert exempt_hours(found) == ({8, 9} if counts else set())
    assert why(found) == (set() if counts else {"late"})


def test_of_a_mark_over_midnight_the_day_that_is_still_open_counts() -> None:
    found = worked_out(mark("故障", 22, 26, kind=MarkClass.DEVICE, submitted=37), kind="boiler")
    assert exempt_hours(found) == {24, 25}
    assert [(p.reason, p.start_ms, p.end_ms) for p in found.refused] == [
        ("late", to_ms(DAY + 22 * HOUR), to_ms(DAY + 24 * HOUR))
    ]


def test_automatic_marks_have_no_deadline() -> None:
    late = mark("故障", 8, 10, kind=MarkClass.DEVICE, submitted=500, manual=False)
    assert exempt_hours(worked_out(late)) == {8, 9}


@pytest.mark.parametrize(("submitted", "counts"), [(9, True), (9.01, False)])
def test_an_incinerators_mark_is_made_within_the_hour(submitted: float, counts: bool) -> None:
    assert exempt_hours(worked_out(mark("启炉", 8, 10, submitted=submitted))) == (
        {8, 9} if counts else set()
    )


@pytest.mark.parametrize(("submitted", "counts"), [(26, True), (26.01, False)])
def test_or_within_six_hours_of_an_order(submitted: float, counts: bool) -> None:
    ordered = mark("启炉", 8, 10, submitted=submitted, ordered=20)
    assert exempt_hours(worked_out(ordered)) == ({8, 9} if counts else set())


# --- condition marks --------------------------------------------------------------------------------


def test_a_start_counts_for_four_hours() -> None:
    found = worked_out(mark("启炉", 8, 14))
    assert exempt_hours(found) == {8, 9, 10, 11}
    assert why(found) == {"too-long"}


def test_a_condition_that_is_called_a_mark_of_the_device_exempts_nothing() -> None:
    found = worked_out(mark("启炉", 8, 90, kind=MarkClass.DEVICE, manual=False))
    assert exempt_hours(found) == set()
    assert why(found) == {"no-rule"}
    assert exempt_hours(worked_out(mark("故障", 8, 10, kind=MarkClass.DEVICE))) == {8, 9}


def test_an_item_without_a_rule_exempts_nothing() -> None:
    assert worked_out(mark("设备检修", 8, 10)).spans == ()
    assert why(worked_out(mark("启炉", 8, 10), kind=None)) == {"no-rule"}


def test_hours_with_too_much_dust_are_judged_and_drawn_from_no_sum() -> None:
    found = worked_out(mark("启炉", 8, 11), hours={(PM, 9): 150.1, (PM, 10): 150.0})
    assert exempt_hours(found) == {8, 10}
    assert why(found) == {"guard"}
    assert found.used == {("starting", "2026"): 2 * 3_600_000}


def test_a_furnace_that_burns_is_not_out_of_use() -> None:
    found = worked_out(mark("停运", 8, 11), hours={(OXYGEN, 8): 18.8, (OXYGEN, 9): 18.9})
    assert exempt_hours(found) == {9, 10}


def test_sixty_hours_a_year_in_the_order_of_time() -> None:
    starts = [mark("启炉", 24 * n, 24 * n + 4) for n in range(16)]
    found = worked_out(*reversed(starts))
    assert found.used == {("starting", "2026"): 60 * 3_600_000}
    assert why(found) == {"spent"}
    assert exempt_hours(found, among=24 * 16) == {24 * n + h for n in range(15) for h in range(4)}


def test_the_next_year_begins_anew_and_time_that_marks_share_is_drawn_once() -> None:
    twice = [mark("启炉", 8, 12), mark("故障", 10, 14)]
    assert worked_out(*twice).used == {("starting", "2026"): 6 * 3_600_000}
    other = [mark("停炉", 0, 60), mark("停炉", 24 * 310, 24 * 310 + 5)]
    assert worked_out(*other).used == {
        ("starting", "2026"): 60 * 3_600_000,
        ("starting", "2027"): 5 * 3_600_000,
    }


def test_maintenance_is_invalid_however_long_and_counted_by_the_quarter() -> None:
    found = worked_out(mark("CEMS维护", 8, 48, kind=MarkClass.DEVICE))
    assert exempt_hours(found) == set(range(8, 48))
    assert found.used == {("cems", "2026Q1"): 40 * 3_600_000}


def test_english_items_and_kinds_mean_the_same() -> None:
    assert exempt_hours(worked_out(mark("start", 8, 10), kind="生活垃圾焚烧")) == {8, 9}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("incinerator", "incinerator"),
        ("生活垃圾焚烧炉", "incinerator"),
        ("危险废物焚烧炉", "危险废物焚烧炉"),
        ("coal_boiler", "boiler"),
        ("燃煤锅炉", "boiler"),
        ("水泥窑", "cement"),
        ("", ""),
        (None, ""),
    ],
)
def test_what_the_register_calls_an_outlet(text: str | None, kind: str) -> None:
    assert kind_of(text) == kind


def test_a_table_of_the_bureaus_own() -> None:
    text = (
        "kinds,class,item,item_en,pollutants,each_hours,budget,budget_hours,per,guard,guard_low,"
        "guard_high,cold_furnace,source,confidence,verified\n"
        "锅炉,condition,启炉,start,a21026,2,,,,,,,,示例许可证,high,yes\n"
    )
    rules = parse(text.splitlines())
    said = [mark("启炉", 8, 12, submitted=9)]
    found = account(said, rules, Deadlines(), ZONE, "锅炉", lambda _p, _at: None)
    assert exempt_hours(found) == {8, 9}
    assert exempt_hours(found, PM) == set()
    with pytest.raises(ValueError, match="line 2"):
        parse(text.replace("condition", "whatever").splitlines())


@given(
    st.lists(
        st.builds(
            mark,
            st.sampled_from(["启炉", "停炉", "烘炉", "停炉降温", "停运", "故障", "不明"]),
            st.integers(0, 60),
            st.integers(61, 120),
        ),
        max_size=6,
    ),
    st.randoms(),
)
def test_the_order_in_which_marks_come_changes_nothing(marks: list[Mark], random: object) -> None:
    shuffled = sorted(marks, key=lambda _: random.random())  # type: ignore[attr-defined]  # a Random
    one, other = worked_out(*marks), worked_out(*shuffled)
    assert (set(one.spans), one.used) == (set(other.spans), other.used)
    assert all(used <= 700 * 3_600_000 for used in one.used.values())
    covered = [(s.start_ms, s.end_ms) for s in one.spans]
    assert all(low < high for low, high in covered)


# --- flags ------------------------------------------------------------------------------------------


def test_flags_that_follow_each_other_are_one_automatic_mark() -> None:
    def hour(number: int, flag: str | None) -> Readings:
        start = datetime(2026, 3, 2, number, tzinfo=UTC)
        layout = Layout(((SO2, Statistic.VALUE),))
        return Readings("X", Period.HOUR, start, start + HOUR, layout, [1.0], (flag,))

    found = from_flags([hour(1, "D"), hour(2, "D"), hour(3, "N"), hour(4, "D"), hour(5, "C")])
    assert [(m.item, (m.end_ms - m.start_ms) // 3_600_000) for m in found] == [
        ("故障", 2),
        ("故障", 1),
        ("校准", 1),
    ]
    assert not any(m.manual for m in found)
