"""The catalogue of limits: every row is sound, and what it proposes for an outlet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from monitor import pollutants
from monitor.books import Books, key_of, plan
from monitor.catalogue import ROWS, Doubt, Klass, Proposal, Row, Standing, proposals, standards
from monitor.catalogue.proposing import SUCCESSORS, ULTRA_LOW
from monitor.observation import JUDGED, Period
from monitor.register import Basis, Limit, Medium, Outlet, Register
from monitor.registry import read, write_sheet
from tests.registers import bare, enterprise, outlet

TODAY = date(2026, 11, 26)
NAMES = list(dict.fromkeys(row.standard for row in ROWS))


def stack(standard: str | None, kind: str | None = None, oxygen: float | None = None) -> Outlet:
    return replace(outlet(1), standard=standard, kind=kind, reference_oxygen=oxygen)


def drain(standard: str, kind: str | None = None) -> Outlet:
    return replace(outlet(1), standard=standard, kind=kind, medium=Medium.WATER)


def ready(found: list[Proposal]) -> list[Limit]:
    return [each.limit for each in found if each.standing is Standing.READY]


def on_day(limits: list[Limit], day: date, period: Period = Period.HOUR) -> dict[str, float | None]:
    """What holds on a day: pollutant → limit."""
    register = Register(limits=tuple(limits))
    return {x.pollutant: x.limit for x in register.limits_of(limits[0].mn, period, day)}


# --- the rows ----------------------------------------------------------------------------------


def test_the_catalogue_is_all_there() -> None:
    assert len(ROWS) > 400
    assert {row.klass for row in ROWS} == set(Klass)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.standard} {row.pollutant}")
def test_every_row_is_sound(row: Row) -> None:
    assert pollutants.get(row.pollutant) is not None
    assert row.limit is not None
    assert row.lower is None or row.lower < row.limit
    assert row.factor is not None or row.period is None
    assert row.period in JUDGED or row.when in ("sample", "allowance")
    assert (row.medium is Medium.AIR) == row.pollutant.startswith("a")
    assert row.reference_oxygen is None or row.basis is Basis.CONVERTED
    assert row.valid_from is None or row.valid_to is None or row.valid_from < row.valid_to
    assert row.facility
    assert row.facility_en.isascii() or "…" in row.facility_en
    assert row.kinds
    assert bool(row.condition) == bool(row.condition_en)
    assert bool(row.note) == bool(row.note_en)
    assert row.source
    assert row.verified != ("未核对原文" in row.source)
    assert row.confidence in ("high", "medium", "low")
    assert (row.confidence == "low") == ("数值待核对" in row.source)
    assert not (row.verified and row.confidence == "low")
    assert 0 < row.share <= 1


def test_no_row_is_there_twice() -> None:
    """Two rows of one facility, class and condition never hold for one day."""
    groups = defaultdict(list)
    for row in ROWS:
        series = (row.pollutant, row.when, row.basis, row.share)
        groups[row.standard, row.facility, row.grade, row.klass, row.condition, *series].append(row)
    for rows in groups.values():
        spans = sorted((r.valid_from or date.min, r.valid_to or date.max) for r in rows)
        assert all(first[1] < second[0] for first, second in pairwise(spans))


def test_documents_that_go_with_others_are_there() -> None:
    for before, after in (*SUCCESSORS.items(), *ULTRA_LOW.items()):
        assert {before, after} <= set(NAMES)


def test_what_only_manual_samples_show_is_never_proposed() -> None:
    found = proposals(stack("GB 18485-2014", "incinerator", 11), TODAY)
    assert {each.limit.period for each in found} == {Period.DAY}
    assert any(r.when == "sample" for r in ROWS if r.standard == "GB 18485-2014")


# --- which standard a text names ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GB 13271-2014", ["GB 13271-2014"]),
        ("GB13271—2014 表3", ["GB 13271-2014"]),
        ("《锅炉大气污染物排放标准》（ＧＢ１３２７１－２０１４）", ["GB 13271-2014"]),
        ("gb 13271", ["GB 13271-2014"]),
        ("GB16297-96", ["GB 16297-1996"]),
        ("GB 16171-2012", ["GB 16171-2012"]),
        ("GB 16171.1-2024", ["GB 16171.1-2024"]),
        ("GB/T31962-2015 B级", ["GB/T 31962-2015"]),
        ("DB14/1929-2019、GB 13271-2014", ["GB 13271-2014", "DB14/1929-2019"]),
        ("环大气[2019]35号", ["环大气〔2019〕35号"]),
        ("GB 132712014", []),
        ("GB 13271-2001", []),
        ("企业标准", []),
        ("", []),
        (None, []),
    ],
)
def test_a_text_names_standards(text: str | None, found: list[str]) -> None:
    assert standards(text) == found


# --- what is proposed --------------------------------------------------------------------------


@pytest.mark.parametrize("klass", [Klass.SPECIAL, Klass.NEW, Klass.EXISTING, Klass.TABLE])
@pytest.mark.parametrize("standard", NAMES)
def test_what_is_proposed_can_be_imported(standard: str, klass: Klass, tmp_path: Path) -> None:
    rows = [row for row in ROWS if row.standard == standard]
    for kind in dict.fromkeys(row.kinds[0] for row in rows):
        for medium in {row.medium for row in rows}:
            own = replace(outlet(1), medium=medium, standard=f"{standard} 一级A 一级", kind=kind)
            limits = ready(proposals(own, TODAY, klass, ultra_low=True))
            if not limits:
                continue
            write_sheet(tmp_path / "limits.csv", "limits", Books(limits=tuple(limits)))
            back = bare(read(tmp_path / "limits.csv"))
            assert list(back.limits) == limits
            books = replace(back, enterprises=(enterprise(1),), outlets=(own,))
            changes = plan(books, Register(), replace=False, today=TODAY)
            assert len(changes["limits"].added) == len({key_of("limits", x) for x in limits})


@pytest.mark.parametrize("standard", NAMES)
def test_nothing_ambiguous_is_ready(standard: str) -> None:
    """Whatever is ready is the only one for its days."""
    rows = [row for row in ROWS if row.standard == standard]
    kinds = {word for row in rows for word in row.kinds} | {None}
    for kind in sorted(kinds, key=str):
        for oxygen in {row.reference_oxygen for row in rows} | {None}:
            for medium in {row.medium for row in rows}:
                own = replace(stack(standard, kind, oxygen), medium=medium)
                days = defaultdict(list)
                for x in ready(proposals(own, TODAY, ultra_low=True)):
                    days[x.pollutant, x.period, x.basis, x.share].append(x)
                for limits in days.values():
                    spans = sorted((x.valid_from, x.valid_to or date.max) for x in limits)
                    assert all(a[1] < b[0] for a, b in pairwise(spans))


def test_the_special_limits_of_key_regions_are_the_default() -> None:
    boiler = stack("GB 13223-2011", "coal_boiler", 6)
    assert on_day(ready(proposals(boiler, TODAY)), TODAY)["a34013"] == 20
    assert on_day(ready(proposals(boiler, TODAY, Klass.NEW)), TODAY)["a34013"] == 30
    assert on_day(ready(proposals(boiler, TODAY)), date(2018, 9, 30)) == {}


def test_where_there_are_no_special_limits_those_for_all_hold() -> None:
    found = ready(proposals(stack("GB 29620-2013", "brick_kiln", 18), TODAY))
    assert on_day(found, TODAY) == {
        "a21026": 150,
        "a34013": 30,
        "a21002": 200,
        "a21018": 3,
    }


def test_special_limits_for_water_hold_only_where_somebody_says_so() -> None:
    coking = drain("GB 16171-2012", "coking_wastewater")
    assert on_day(ready(proposals(coking, TODAY)), TODAY, Period.DAY)["w01018"] == 80
    special = ready(proposals(coking, TODAY, conditions=["特别排放限值地区"]))
    assert on_day(special, TODAY, Period.DAY)["w01018"] == 40


def test_an_amendment_holds_from_its_day() -> None:
    brick = ready(proposals(stack("GB 29620-2013", "brick_kiln", 18), TODAY))
    assert on_day(brick, date(2021, 1, 7))["a21026"] == 300
    assert on_day(brick, date(2021, 1, 8))["a21026"] == 150
    dryer = ready(proposals(stack("GB 4915-2013", "own_heat_dryer"), TODAY))
    assert on_day(dryer, date(2026, 3, 31))["a21026"] == 600
    assert on_day(dryer, date(2026, 4, 1))["a21026"] == 50


def test_sewage_works_have_two_rulers_from_march_2026() -> None:
    found = ready(proposals(drain("GB 18918-2002 一级A"), TODAY))
    assert "w01001" in on_day(found, date(2026, 2, 28), Period.DAY)
    assert "w01001" not in on_day(found, date(2026, 3, 1), Period.DAY)
    assert on_day(found, date(2026, 2, 28), Period.REALTIME) == {}
    assert on_day(found, date(2026, 3, 1), Period.REALTIME) == {"w01001": 9}


def test_plants_built_before_2006_take_the_limit_of_the_others_in_2028() -> None:
    found = ready(proposals(drain("GB 18918-2002 一级A"), TODAY, conditions=["2005年12月31日前"]))
    assert on_day(found, date(2027, 12, 31), Period.DAY)["w21011"] == 1
    assert on_day(found, date(2028, 1, 1), Period.DAY)["w21011"] == 0.5


def test_coking_plants_go_over_to_the_new_standard_in_2027() -> None:
    found = ready(proposals(stack("GB 16171-2012", "焦炉"), TODAY))
    last, first = date(2026, 12, 31), date(2027, 1, 1)
    assert {x.basis for x in found if x.holds(last)} == {Basis.MEASURED}
    assert {x.basis for x in found if x.holds(first)} == {Basis.CONVERTED}
    assert {x.clause.split("《")[0] for x in found if x.holds(first)} == {"GB 16171.1-2024"}
    assert not any(x.verified for x in found)
    charging = ready(proposals(stack("GB 16171-2012", "coal_charging"), TODAY))
    assert charging
    assert not any(x.holds(first) for x in charging)


def test_numbers_are_in_the_unit_that_values_are_stored_in() -> None:
    found = ready(proposals(stack("GB 4915-2013", "own_heat_dryer"), TODAY))
    assert on_day(found, TODAY)["a21001"] == 8_000_000  # ng/m3 for 8 mg/m3


def test_a_first_day_that_is_not_known_is_today() -> None:
    found = ready(proposals(drain("DB14/1928-2019", "wwtp"), TODAY))
    assert {x.valid_from for x in found} == {TODAY}


# --- what is not decided -----------------------------------------------------------------------


def doubts(found: list[Proposal]) -> set[Doubt | None]:
    return {each.doubt for each in found}


@pytest.mark.parametrize(
    ("own", "doubt"),
    [
        (stack("GB 13223-2011"), Doubt.FACILITY),
        (stack("GB 13271-2014", oxygen=3.5), Doubt.FACILITY),
        (stack("GB 13271-2014", "锅炉"), Doubt.FACILITY),
        (stack("GB 28663-2012", "dedusting"), Doubt.FACILITY),
        (stack("GB 16171.1-2024"), Doubt.FACILITY),
        (stack("GB 16171-2012"), Doubt.FACILITY),
        (drain("GB 18918-2002"), Doubt.GRADE),
        (drain("GB 18918-2002 一级"), Doubt.GRADE),
        (stack("GB 16171.1-2024", "coke_oven"), Doubt.CLASS),
        (stack("GB 13271-2014", "gas_boiler", 9), Doubt.OXYGEN),
    ],
)
def test_what_the_books_leave_open_is_left_open(own: Outlet, doubt: Doubt) -> None:
    found = proposals(own, TODAY)
    assert found
    assert ready(found) == []
    assert doubt in doubts(found)


def test_reference_oxygen_decides_where_only_one_facility_has_it() -> None:
    found = ready(proposals(stack("GB 13271-2014", oxygen=9), TODAY))
    assert on_day(found, TODAY)["a21026"] == 200


@pytest.mark.parametrize("kind", ["gas_boiler", "燃气锅炉", "2号燃气锅炉", "gas-fired boiler"])
def test_a_kind_decides(kind: str) -> None:
    by_hand = ready(proposals(stack("GB 13271-2014"), TODAY, kind=kind))
    by_book = ready(proposals(stack("GB 13271-2014", kind), TODAY))
    assert by_hand == by_book
    assert on_day(by_book, TODAY) == {"a34013": 20, "a21026": 50, "a21002": 150}


@pytest.mark.parametrize("text", ["一级A", "一级标准的A标准", "1级A", "一级 a 标准"])
def test_a_grade_is_understood(text: str) -> None:
    by_book = proposals(drain(f"GB 18918-2002 {text}"), TODAY)
    by_hand = proposals(drain("GB 18918-2002", "wwtp"), TODAY, kind=text)
    for found in by_book, by_hand:
        assert on_day(ready(found), TODAY, Period.DAY)["w01018"] == 50


def test_conditions_are_given_with_their_names_until_one_is_said_to_be_fulfilled() -> None:
    own = drain("GB 18918-2002 一级A")
    open_ = [p for p in proposals(own, TODAY) if p.limit.pollutant == "w21003"]
    assert doubts(open_) == {Doubt.CONDITION}
    assert {p.row.condition_in("en") for p in open_} == {
        "water above 12 °C",
        "water at 12 °C or below",
    }
    said = ready(proposals(own, TODAY, conditions=["水温>12"]))
    assert on_day(said, TODAY, Period.DAY)["w21003"] == 5
    assert on_day(said, TODAY, Period.REALTIME)["w21003"] == 10


def test_two_standards_for_one_outlet_are_for_a_person() -> None:
    own = stack("GB 13271-2014、DB14/1929-2019", "coal_boiler", 9)
    found = proposals(own, TODAY)
    assert Doubt.STANDARD in doubts(found)
    assert {x.pollutant for x in ready(found)} == {"a20057"}  # only one has it


def test_an_outlet_is_a_stack_unless_it_says_that_it_is_a_boundary() -> None:
    assert {p.row.facility for p in proposals(stack("GB 16297-1996"), TODAY)} == {"工艺废气排气筒"}
    fence = proposals(stack("GB 16297-1996", "厂界"), TODAY)
    assert on_day(ready(fence), TODAY)["a34013"] == 1


# --- ultra-low emissions -----------------------------------------------------------------------


def test_ultra_low_emissions_are_proposed_only_when_asked_for() -> None:
    sinter = stack("GB 28662-2012", "sinter", 16)
    assert {x.share for x in ready(proposals(sinter, TODAY))} == {1}
    low = [x for x in ready(proposals(sinter, TODAY, ultra_low=True)) if x.share < 1]
    assert {(x.pollutant, x.limit, x.share) for x in low} == {
        ("a34013", 10, 0.95),
        ("a21026", 35, 0.95),
        ("a21002", 50, 0.95),
    }
    assert proposals(stack("环大气〔2019〕35号", "sinter", 16), TODAY) == []


def test_an_ultra_low_limit_of_every_hour_stands_in_place_of_the_standard() -> None:
    boiler = stack("GB 13223-2011", "coal_boiler", 6)
    found = ready(proposals(boiler, TODAY, ultra_low=True))
    assert on_day(found, TODAY) == {"a34013": 10, "a21026": 35, "a21002": 50, "a20057": 0.03}


# --- the permit --------------------------------------------------------------------------------


def permit(own: Outlet, **changes: Any) -> Limit:
    held = Limit(
        mn=own.mn,
        pollutant="a34013",
        period=Period.HOUR,
        limit=10.0,
        basis=Basis.CONVERTED,
        clause="排污许可证",
        valid_from=date(2024, 1, 1),
    )
    return replace(held, **changes)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"valid_to": TODAY}, True),
        ({"valid_from": TODAY + timedelta(days=30)}, True),
        ({"valid_to": TODAY - timedelta(days=1)}, False),
        ({"basis": Basis.MEASURED}, False),
        ({"period": Period.DAY}, False),
        ({"pollutant": "a21026"}, False),
        ({"share": 0.95}, False),
        ({"mn": "another"}, False),
    ],
)
def test_the_permit_overrides(changes: dict[str, Any], holds: bool) -> None:
    own = stack("GB 13223-2011", "coal_boiler", 6)
    found = proposals(own, TODAY, held=[permit(own, **changes)])
    (dust,) = [each for each in found if each.limit.pollutant == "a34013"]
    assert dust.standing is (Standing.HELD if holds else Standing.READY)


def test_what_was_imported_is_not_proposed_again() -> None:
    own = drain("GB 18918-2002 一级A")
    first = ready(proposals(own, TODAY))
    assert any(x.valid_to for x in first)
    assert ready(proposals(own, TODAY, held=first)) == []
