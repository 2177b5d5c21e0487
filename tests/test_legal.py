"""Legal basis: the law of the day of the act, and of the medium."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitor import legal
from monitor.register import Medium
from monitor.task import Trigger

AIR, WATER = Medium.AIR, Medium.WATER
EXCEEDANCE, SUSPICION = Trigger.EXCEEDANCE, Trigger.SUSPICION
CODE = date(2026, 8, 15)


def cited(
    trigger: Trigger, on: date, medium: Medium | None = None, kind: str | None = None
) -> set[tuple[str, str]]:
    return {(c["title"], c["clause"]) for c in legal.basis(trigger, on, medium, kind)}


@pytest.mark.parametrize(
    ("first", "trigger", "medium", "kind", "citation"),
    [
        (CODE, EXCEEDANCE, None, None, ("生态环境法典", "第一千一百零三条")),
        (CODE, EXCEEDANCE, None, None, ("生态环境法典", "第一千一百零七条")),
        (CODE, SUSPICION, None, None, ("生态环境法典", "第一千零八十八条")),
        (CODE, SUSPICION, None, None, ("生态环境法典", "第一千零九十三条")),
        (date(2026, 1, 1), SUSPICION, None, None, ("生态环境监测条例", "国务院令第820号")),
        (
            date(2023, 1, 1),
            EXCEEDANCE,
            None,
            None,
            ("污染物排放自动监测设备标记规则", "生态环境部公告2022年第21号"),
        ),
        (
            date(2020, 1, 1),
            EXCEEDANCE,
            AIR,
            "incinerator",
            ("生活垃圾焚烧发电厂自动监测数据应用管理规定", "生态环境部令第10号第六条"),
        ),
        (date(2021, 3, 1), EXCEEDANCE, None, None, ("排污许可管理条例", "第三十四条第一项")),
        (
            date(2018, 1, 1),
            EXCEEDANCE,
            WATER,
            None,
            ("中华人民共和国水污染防治法", "第八十三条第二项"),
        ),
        (
            date(2016, 1, 1),
            SUSPICION,
            AIR,
            None,
            ("中华人民共和国大气污染防治法", "第九十九条第三项"),
        ),
    ],
)
def test_a_rule_is_cited_from_its_first_day(
    first: date,
    trigger: Trigger,
    medium: Medium | None,
    kind: str | None,
    citation: tuple[str, str],
) -> None:
    assert citation not in cited(trigger, first - timedelta(days=1), medium, kind)
    assert citation in cited(trigger, first, medium, kind)


@pytest.mark.parametrize(
    ("trigger", "medium", "citation"),
    [
        (EXCEEDANCE, AIR, ("中华人民共和国大气污染防治法", "第九十九条第二项")),
        (SUSPICION, AIR, ("中华人民共和国大气污染防治法", "第九十九条第三项")),
        (EXCEEDANCE, WATER, ("中华人民共和国水污染防治法", "第八十三条第二项")),
        (SUSPICION, WATER, ("中华人民共和国水污染防治法", "第八十三条第三项")),
        (EXCEEDANCE, None, ("排污许可管理条例", "第三十四条第一项")),
        (SUSPICION, None, ("排污许可管理条例", "第三十四条第二项")),
        (EXCEEDANCE, None, ("生态环境法典", "第一千零五十七条")),
    ],
)
def test_what_the_code_replaced_is_cited_up_to_its_last_day(
    trigger: Trigger, medium: Medium | None, citation: tuple[str, str]
) -> None:
    assert citation in cited(trigger, CODE - timedelta(days=1), medium)
    assert citation not in cited(trigger, CODE, medium)


@pytest.mark.parametrize(
    ("medium", "other"), [(AIR, "水污染"), (WATER, "大气污染"), (None, "防治法")]
)
def test_an_act_about_one_medium_is_cited_for_that_one_only(
    medium: Medium | None, other: str
) -> None:
    for trigger in (EXCEEDANCE, SUSPICION):
        titles = {title for title, _ in cited(trigger, date(2026, 8, 14), medium)}
        assert not [title for title in titles if other in title]


@pytest.mark.parametrize("kind", [None, "coal_boiler"])
def test_the_rule_for_incinerators_is_for_them_only(kind: str | None) -> None:
    assert not [t for t, _ in cited(EXCEEDANCE, date(2026, 11, 1), AIR, kind) if "焚烧" in t]


@pytest.mark.parametrize("trigger", [Trigger.COMPLAINT, Trigger.MANUAL, Trigger.VIDEO])
def test_what_is_no_data_is_liable_to_nothing_yet(trigger: Trigger) -> None:
    for on in (date(2026, 8, 14), CODE):
        points = [c["point"] for c in legal.basis(trigger, on, AIR)]
        assert points
        assert not [point for point in points if "法律责任" in point]
