"""A limit that nobody has held against its source says so; a task cites the law of its medium."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date

import pytest
from sqlalchemy import select

from monitor import alert
from monitor.observation import Period
from monitor.register import Limit, Medium, Register
from monitor.rules import exceedance
from monitor.store import Store
from monitor.store import alerts as stored
from monitor.store.tables import alerts, tasks
from tests.judging.test_episodes import Sent, register, take

MN = "TESTUNVERIFIED0000000001"


def shaped(store: Store) -> dict[str, object]:
    with store.read() as connection:
        return stored.shape(connection.execute(select(alerts)).one(), UTC)


@pytest.mark.parametrize("verified", [True, False])
def test_the_alert_says_whether_the_limit_was_verified(store: Store, verified: bool) -> None:
    take(store, MN, [Sent(8, 70)], register(MN, verified=verified))
    told = shaped(store)
    assert told["limit_verified"] is verified
    assert ("限值未经核对原文" in str(told["reason"])) is not verified


def test_the_worst_period_decides_whose_limit_it_is(store: Store) -> None:
    take(store, MN, [Sent(8, 40)], register(MN))
    take(store, MN, [Sent(9, 70)], register(MN, verified=False))
    assert shaped(store)["limit_verified"] is False
    take(store, MN, [Sent(10, 90)], register(MN))
    assert shaped(store)["limit_verified"] is True


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "（限值未经核对原文，采取措施前请核对）"),
        ("en", "(the limit was not held against"),
    ],
)
def test_the_reason_says_it_in_both_languages(language: str, words: str) -> None:
    limit = Limit(
        mn=MN,
        pollutant="a21026",
        period=Period.HOUR,
        limit=35,
        clause="GB 13223-2011",
        valid_from=date(2020, 1, 1),
    )
    verdict = exceedance.verdict(limit, 0, 1, 70.0, 35.0, 1.0)
    unsure = replace(verdict, limit=replace(limit, verified=False))
    assert words in alert.reason(unsure, language, "SO2", "mg/m3")
    assert words not in alert.reason(verdict, language, "SO2", "mg/m3")


@pytest.mark.parametrize(
    ("medium", "kind", "title"),
    [
        (Medium.AIR, "incinerator", "生活垃圾焚烧发电厂自动监测数据应用管理规定"),
        (Medium.AIR, "coal_boiler", None),
        (Medium.WATER, "incinerator", None),
    ],
)
def test_a_task_cites_what_its_outlet_is_judged_by(
    store: Store, medium: Medium, kind: str, title: str | None
) -> None:
    books: Register = register(MN)
    books = replace(books, outlets=(replace(books.outlets[0], medium=medium, kind=kind),))
    take(store, MN, [Sent(8, 70)], books, alert.Outcome.VERIFY)
    with store.read() as connection:
        cited = [c["title"] for c in connection.execute(select(tasks.c.legal_basis)).scalar_one()]
    assert [c for c in cited if "焚烧" in c] == ([title] if title else [])
