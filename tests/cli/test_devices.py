"""`device`: what was heard, how good it is, what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.clock import day_start, now
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.store import Store, devices, readings
from monitor.store.readings import Arrival
from tests.cli.conftest import Call

ZONE = ZoneInfo("Asia/Shanghai")
VALUE = Layout((("a21026", Statistic.VALUE),))
HOUR = timedelta(hours=1)
YESTERDAY = day_start((now() - timedelta(days=1)).astimezone(ZONE).date(), ZONE)


@pytest.fixture
def heard(database_url: str) -> None:
    """A device that sent the hours of yesterday but one."""
    store = Store(database_url)
    with store.write() as connection:
        seen = YESTERDAY - timedelta(days=9)
        number = devices.numbers(connection, {"MN1": ("hj212", "10.0.0.1:1", seen)})["MN1"]
        layouts = devices.layout_numbers(connection, [VALUE])
        starts = [YESTERDAY + n * HOUR for n in range(22) if n != 7]
        readings.add(
            connection,
            [
                Arrival(_report(at), number, layouts[VALUE], False, None, 0, n)
                for n, at in enumerate(starts)
            ],
        )
    store.close()


def _report(start: datetime) -> Readings:
    return Readings("MN1", Period.HOUR, start, start + HOUR, VALUE, [1.0], ("N",))


def table(call: Call, config: Path, *words: str) -> list[dict[str, str]]:
    done = call("device", *words, "--config", config)
    assert done.code == 0, done.err
    heads, *rows = (line.split("\t") for line in done.out.splitlines())
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_the_list(call: Call, config: Path, heard: None) -> None:
    [device] = table(call, config, "list")
    assert (device["mn"], device["registered"], device["peer"]) == ("MN1", "no", "10.0.0.1:1")
    assert table(call, config, "list", "--registered") == []
    assert table(call, config, "list", "--district", "东区") == []


def test_the_page(call: Call, config: Path, heard: None) -> None:
    said = {row["what"]: row["value"] for row in table(call, config, "show", "MN1")}
    assert said["mn"] == "MN1"
    assert said["clock"] == "-"
    assert said["rates.yesterday.in_time.validity"] == "1"
    nobody = call("device", "show", "X", "--config", config)
    assert (nobody.code, "ever heard" in nobody.err) == (1, True)


def test_the_gaps(call: Call, config: Path, heard: None) -> None:
    day = YESTERDAY.astimezone(ZONE).date().isoformat()
    found = table(call, config, "gaps", "MN1", "--period", "hour", "--from", day, "--to", day)
    assert found[0]["start"] == f"{day}T07:00:00+08:00"
    assert found[0]["missing"] == "1"
    assert table(call, config, "gaps", "MN1", "--period", "minute") == []
    wrong = call("device", "gaps", "MN1", "--period", "month", "--config", config)
    assert (wrong.code, "--period" in wrong.err) == (1, True)
