"""Data loggers that introduce themselves: known from the same commit, bounded, listed, given an MN."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.adapter import Delivery, Introduction
from monitor.store import Store
from monitor.store import loggers as logger_rows
from monitor.store.tables import loggers
from tests.api.conftest import Bureau
from tests.api.conftest import bureau as bureau
from tests.cli.conftest import Call
from tests.cli.conftest import call as call
from tests.cli.conftest import config as config
from tests.test_intake import count, delivery, enter_books, running

LOGGER = "LOGGER0000000000000001"


def introduced(logger: str = LOGGER, mn: str = "", peer: str = "10.0.0.1:1", **d: str) -> Delivery:
    frame = replace(delivery("MN1", 1.0).frame, device=None, peer=peer)
    return Delivery(frame, introduction=Introduction(logger, d or {"i23006-Info": "0A0B"}, mn))


async def test_who_introduces_itself_is_known_with_its_frame(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([introduced(), introduced(peer="10.0.0.2:2", i23007="C0FE")])
        await intake.deliver([introduced("ANOTHER")])
    with store.read() as connection:
        another, first = connection.execute(select(loggers).order_by(loggers.c.logger)).all()
    assert (first.mn, first.peer, first.details) == (None, "10.0.0.2:2", {"i23007": "C0FE"})
    assert another.logger == "ANOTHER"


async def test_a_given_mn_stays_whatever_the_logger_says(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([introduced()])
        with store.write() as connection:
            assert logger_rows.assign(connection, LOGGER, "MN1")
            assert not logger_rows.assign(connection, "NOBODY", "MN1")
        await intake.deliver([introduced(mn="MN2"), introduced("OTHER", mn="MN3")])
    with store.read() as connection:
        found = {row.logger: row.mn for row in logger_rows.listed(connection, True)}
        assert logger_rows.listed(connection, False) == []
        row = logger_rows.find(connection, LOGGER)
    assert found == {LOGGER: "MN1", "OTHER": "MN3"}
    assert row is not None
    assert row.mn == "MN1"


async def test_strangers_are_remembered_up_to_a_number(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger_rows, "STRANGERS", 5)
    async with running(store) as intake:
        await intake.deliver(
            [introduced(f"L{number}", mn="?" * (number % 2)) for number in range(9)]
        )
        await intake.deliver([introduced(f"M{number}") for number in range(9)])
        await intake.deliver([introduced("L0", peer="10.0.0.9:9")])
        assert count(store, loggers) == 5
        with store.read() as connection:
            row = logger_rows.find(connection, "L0")
        assert row is not None
        assert row.peer == "10.0.0.9:9"  # who is known stays known


async def test_who_claims_a_registered_mn_is_a_stranger_like_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger_rows, "STRANGERS", 5)
    enter_books(store, "MN1")
    async with running(store) as intake:
        for number in range(9):
            await intake.deliver([introduced(f"L{number}", mn="MN1")])
    assert count(store, loggers) == 6  # one of them may be right


def test_the_api_lists_them_page_by_page(bureau: Bureau) -> None:
    at = bureau.clock.at
    with bureau.store.write() as connection:
        logger_rows.introduce(
            connection,
            [
                logger_rows.Heard(f"L{n}", "emissions", {"i23006-Info": "0A"}, mn, "10.0.0.1:1", at)
                for n, mn in enumerate((None, "MN1", None))
            ],
        )
    page = bureau.call("GET", "loggers?limit=2").json()
    assert [item["logger"] for item in page["items"]] == ["L0", "L1"]
    assert page["items"][1] == {
        "logger": "L1",
        "adapter": "emissions",
        "details": {"i23006-Info": "0A"},
        "mn": "MN1",
        "peer": "10.0.0.1:1",
        "first_seen": "2026-11-20T16:00:00+08:00",
        "last_seen": "2026-11-20T16:00:00+08:00",
    }
    rest = bureau.call("GET", f"loggers?cursor={page['next']}").json()
    assert ([item["logger"] for item in rest["items"]], rest["next"]) == (["L2"], None)
    waiting = bureau.call("GET", "loggers?assigned=false", "supervisor").json()["items"]
    assert [item["logger"] for item in waiting] == ["L0", "L2"]


def test_the_command_line_lists_them(call: Call, config: Path, database_url: str) -> None:
    store = Store(database_url)
    with store.write() as connection:
        at = delivery("MN1", 1.0).frame.received_at
        heard = logger_rows.Heard(LOGGER, "emissions", {"i23006-Info": "0A"}, None, "p", at)
        logger_rows.introduce(connection, [heard])
    store.close()
    heads, row = call("logger", "list", "--config", config).out.splitlines()
    shown = dict(zip(heads.split("\t"), row.split("\t"), strict=True))
    assert (shown["logger"], shown["mn"], shown["details"]) == (LOGGER, "", "i23006-Info=0A")
