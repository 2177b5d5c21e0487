"""The register changes while the daemon runs, by another process: what was stored is judged again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import wire
from tests.daemon.lines import BEGIN, Line, hour_frame
from tests.daemon.process import Process, mn, uscc
from tests.registers import write_csv
from tests.servers import wait_for

HOURS = [10.0, 50.0, 60.0, 20.0]
"""Two exceed a limit of 35, and none one of 100."""


@pytest.fixture
def daemon(database_url: str, tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, database_url)
    process.start()
    line = Line(process.port)
    line.send(*(hour_frame(0, hour, value) for hour, value in enumerate(HOURS)))
    line.await_answers(len(HOURS))
    line.close()
    yield process
    assert process.end() == 0


@pytest.fixture
def client(daemon: Process) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {daemon.token()}"}
    with wire.Client(base_url=daemon.api, headers=headers) as opened:
        yield opened


def items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path).raise_for_status().json()["items"]
    return found


def told(client: httpx.Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one alert and the one task, as soon as they are there."""
    wait_for(lambda: items(client, "/tasks"), timeout=60)
    (alert,), (task,) = items(client, "/alerts"), items(client, "/tasks")
    assert task["alerts"] == [alert["id"]]
    return alert, task


def test_a_device_that_is_registered_later_is_judged_from_the_beginning(
    daemon: Process, client: httpx.Client
) -> None:
    (unknown,) = items(client, "/devices?registered=false")
    assert unknown["mn"] == mn(0)
    assert items(client, "/alerts") == []
    daemon.register(1)
    alert, task = told(client)
    assert (alert["outlet"], alert["count"], alert["value"], alert["limit"]) == (mn(0), 2, 60, 35)
    assert alert["enterprise"]["uscc"] == task["enterprise"]["uscc"] == uscc(0)
    assert (task["state"], task["mandatory"]) == ("queued", True)
    assert items(client, "/devices?registered=false") == []


def test_an_added_limit_is_held_against_what_was_stored(
    daemon: Process, client: httpx.Client, tmp_path: Path
) -> None:
    sheets = {
        "enterprises": f"uscc,name,district\n{uscc(0)},示例企业,示例区\n",
        "outlets": f"mn,uscc,code,medium\n{mn(0)},{uscc(0)},DA001,air\n",
    }
    daemon.command("registry", "import", str(write_csv(tmp_path / "first", sheets)))
    assert items(client, "/devices?registered=false") == []
    assert items(client, "/alerts") == []
    daemon.register(1)
    alert, _ = told(client)
    assert (alert["count"], alert["value"], alert["limit"]) == (2, 60, 35)


def test_a_corrected_limit_strikes_out_what_does_not_hold(
    daemon: Process, client: httpx.Client
) -> None:
    daemon.register(1)
    before, _ = told(client)
    daemon.register(1, limit=55)
    wait_for(lambda: items(client, "/alerts")[0]["count"] == 1, timeout=60)
    (alert,) = items(client, "/alerts")
    assert (alert["id"], alert["value"], alert["limit"]) == (before["id"], 60, 55)
    assert alert["exceed_ratio"] == pytest.approx(5 / 55)
    assert "55" in alert["reason"]
    daemon.register(1, limit=100)
    wait_for(lambda: items(client, "/alerts")[0]["count"] == 0, timeout=60)
    (alert,) = items(client, "/alerts")
    assert alert["state"] == "cleared"


def test_the_unit_of_an_analyser_holds_for_what_comes_from_then_on(
    daemon: Process, client: httpx.Client, tmp_path: Path
) -> None:
    daemon.register(1)
    sheets = {"instruments": f"mn,pollutant,unit\n{mn(0)},a21026,µg/m³\n"}
    daemon.command("registry", "import", str(write_csv(tmp_path / "units", sheets)))

    def values() -> list[float]:
        line = Line(daemon.port)
        line.send(hour_frame(0, len(HOURS), 42.0))
        line.await_answers(1)
        line.close()
        path = f"/outlets/{mn(0)}/observations?from={BEGIN.date()}"
        return [item["value"] for item in items(client, path)]

    wait_for(lambda: values() == [*HOURS, 0.042], timeout=60)
