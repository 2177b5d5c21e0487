"""The pure part: categories, spans, months, how a condition stands; and a draw that touches no task."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import policies
from monitor.actions import Desk, draws
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from monitor.errors import ConfigError
from monitor.positive import (
    SHIPPED,
    Condition,
    Conditions,
    Facts,
    ListChange,
    Outcome,
    Statement,
    Treatment,
    Visit,
    check,
    in_the_way,
    months_after,
)
from monitor.register import Enterprise, Listing, Register
from monitor.store import Store, tables, views
from monitor.tokens import Caller, Role
from tests.test_intake import NOW, USCC, count, delivery, enter_books, running

ON = date(2026, 11, 20)
SIX = SHIPPED[5]


def standing(facts: Facts, name: Condition, **numbers: int) -> Outcome:
    answers = check(SIX, facts, ON, Conditions(**numbers))  # type: ignore[arg-type]
    return next(each.outcome for each in answers if each.condition is name)


def test_the_first_five_are_exempt_and_the_sixth_is_general() -> None:
    found = [each.treatment for each in SHIPPED]
    assert found == [Treatment.EXEMPT] * 5 + [Treatment.GENERAL]
    assert all("环执法发〔2020〕1号" in each.ground for each in SHIPPED)


def test_a_violation_counts_for_its_months_to_the_day() -> None:
    facts = Facts(visits=(Visit(1, date(2025, 11, 20), True),))
    assert standing(facts, Condition.VIOLATIONS, violation_months=12) is Outcome.FAILS
    day_before = Facts(visits=(Visit(1, date(2025, 11, 19), True),))
    assert standing(day_before, Condition.VIOLATIONS, violation_months=12) is Outcome.HOLDS
    assert standing(Facts(visits=(Visit(1, ON, False),)), Condition.VIOLATIONS) is Outcome.HOLDS


def test_a_day_in_common_is_in_the_way_and_a_day_after_is_not() -> None:
    held = Listing(
        uscc=USCC, category="6", listed_from=date(2026, 3, 1), listed_until=date(2026, 3, 31)
    )
    assert in_the_way([held], date(2026, 3, 31), None) == held
    assert in_the_way([held], date(2026, 1, 1), date(2026, 3, 1)) == held
    assert in_the_way([held], date(2026, 4, 1), None) is None
    assert in_the_way([held], date(2026, 1, 1), date(2026, 2, 28)) is None


def test_months_end_where_they_end() -> None:
    assert months_after(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_after(date(2026, 11, 20), 60) == date(2031, 11, 20)


def test_what_the_records_say_no_statement_changes() -> None:
    stated = {name: Statement(True, "已核", "clerk") for name in Condition}
    facts = Facts(visits=(Visit(1, ON, True),), cases=(Visit(2, ON, None),))
    found = {each.condition: each for each in check(SIX, facts, ON, Conditions(), stated)}
    assert found[Condition.CREDIT].outcome is Outcome.HOLDS
    assert found[Condition.CREDIT].why == "clerk 说明：已核"
    assert found[Condition.VIOLATIONS].outcome is Outcome.FAILS
    assert found[Condition.CASES].outcome is Outcome.FAILS


def test_checked_is_a_visit_without_a_finding_or_networked_monitoring() -> None:
    def of(facts: Facts) -> Outcome:
        answers = check(SHIPPED[3], facts, ON, Conditions())
        return next(each.outcome for each in answers if each.condition is Condition.CHECKED)

    assert of(Facts()) is Outcome.FAILS
    assert of(Facts(visits=(Visit(1, ON, False),))) is Outcome.HOLDS
    found = Facts(visits=(Visit(1, ON, False), Visit(2, ON, True)))
    assert of(found) is Outcome.FAILS
    reporting = Facts(outlets=("A",), reported=frozenset({"A"}))
    assert of(reporting) is Outcome.HOLDS


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "甲"}, "needs zh, en, treatment, ground"),
        ({"code": "1", "treatment": "general"}, "needs its ground"),
        ({"code": "1", "conditions": ["luck"]}, "conditions"),
    ],
)
def test_a_category_that_is_not_whole_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"positive_list": {"categories": [wrong]}}, SCHEMAS, "f.toml")
    assert said in str(caught.value)


def test_a_bureau_changes_a_treatment_and_adds_a_category() -> None:
    own = {"code": "甲", "zh": "示例", "en": "example", "treatment": "exempt", "ground": "示例文号"}
    other = {"code": "3", "treatment": "general", "ground": "示例文号"}
    settings = parse({"positive_list": {"categories": [own, other]}}, SCHEMAS, "f.toml")[0]
    categories = policies.listing_policy(settings).categories
    assert list(categories.by_code) == ["1", "2", "3", "4", "5", "6", "甲"]
    assert categories.by_code["3"].treatment is Treatment.GENERAL
    assert categories.by_code["3"].conditions == SHIPPED[2].conditions


def test_changes_have_three_kinds() -> None:
    assert set(ListChange) == {"add", "remove", "move"}


async def test_an_exemption_touches_no_mandatory_verification(store: Store) -> None:
    """环执法发〔2020〕1号: what monitoring finds is verified on site, exempt when drawn or not."""
    enter_books(store, "MN1")
    register = Register(
        enterprises=(Enterprise(uscc=USCC, name="示例热电", district="示例区"),),
        listings=(Listing(uscc=USCC, category="2", listed_from=date(2020, 1, 1)),),
    )
    desk = Desk(store=store, zone=NOW.tzinfo, register=lambda: register, now=lambda: NOW)  # type: ignore[arg-type]
    caller = Caller(id=1, name="city", role=Role.SUPERVISOR)
    drawn = draws.ask(desk, caller, NOW.date(), [USCC])
    assert drawn["items"][0]["treatment"] == "exempt"
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 70.0)])
    assert count(store, tables.tasks) == 1
    with store.read() as connection:
        (row,) = views.tasks_of(connection, (), USCC, 10)
    assert row.mandatory
    assert row.state == "queued"
