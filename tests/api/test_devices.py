"""How good a device's data is, over the API."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

from monitor.api import device_shapes, shapes
from monitor.clock import day_start, to_ms
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.quality import Quality
from monitor.store import device_days, devices, readings, verdicts
from monitor.store.device_days import Day
from monitor.store.readings import Arrival
from tests.api.conftest import AT, EAST, MN, WEST, ZONE, Bureau

TODAY = AT.astimezone(ZONE).date()
MIDNIGHT = day_start(TODAY, ZONE)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FORM = Quality("tolerated", "2017", "modbus", None, ("missing-crlf",))
VALUE = Layout((("a21026", Statistic.VALUE),))


def get(bureau: Bureau, path: str, role: str = "viewer", *districts: str, **query: Any) -> Any:
    answer = bureau.call("GET", path, role, *districts, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def hear(
    bureau: Bureau, mn: str, period: Period, starts: list[datetime], *, late: bool = False
) -> int:
    """Store reports of a device that was first heard a month ago; its number."""
    length = HOUR if period is Period.HOUR else 5 * MINUTE
    seen = AT - timedelta(days=35)
    with bureau.store.write() as connection:
        number = devices.numbers(connection, {mn: ("hj212", "10.0.0.1:1", seen)})[mn]
        layouts = devices.layout_numbers(connection, [VALUE])
        form = verdicts.numbers(connection, {FORM: True})[FORM]
        reports = [Readings(mn, period, at, at + length, VALUE, [1.0], ("N",)) for at in starts]
        readings.add(
            connection,
            [
                Arrival(r, number, layouts[VALUE], late, None, to_ms(r.end), n, form)
                for n, r in enumerate(reports)
            ],
        )
    return number


def test_an_observation_says_how_its_frame_was(bureau: Bureau) -> None:
    hear(bureau, MN[EAST], Period.HOUR, [MIDNIGHT])
    path = f"outlets/{MN[EAST]}/observations"
    page = get(bureau, path)
    shapes.ObservationPage.model_validate(page)
    expected = {
        "verdict": "tolerated",
        "edition": "2017",
        "crc": "modbus",
        "encryption": None,
        "problems": ["missing-crlf"],
    }
    assert page["items"][0]["quality"] == expected
    text = bureau.call("GET", path, headers={"Accept": "text/csv"}).text
    [row] = csv.DictReader(io.StringIO(text))
    assert json.loads(row["quality"]) == expected


def test_the_devices_of_a_district(bureau: Bureau) -> None:
    for mn in (MN[EAST], MN[WEST], "STRANGER"):
        hear(bureau, mn, Period.HOUR, [MIDNIGHT])
    assert len(get(bureau, "devices")["items"]) == 3
    assert [d["mn"] for d in get(bureau, "devices", district="东区")["items"]] == [MN[EAST]]
    assert get(bureau, "devices", "viewer", "西区", district="东区")["items"] == []


def test_the_page_of_a_device(bureau: Bureau) -> None:
    mn = MN[EAST]
    hours = [MIDNIGHT + n * HOUR for n in range(-24, 14)]  # it is 16:00: until 14:00 all is due
    hear(bureau, mn, Period.HOUR, hours[2:])
    hear(bureau, mn, Period.HOUR, hours[:1], late=True)
    number = hear(bureau, mn, Period.MINUTE, [MIDNIGHT + n * 5 * MINUTE for n in range(100)])
    counts = {
        (TODAY, number): Day(10, 4, 1, 3, -300, -200, 50),
        (TODAY - timedelta(days=3), number): Day(90, 86, 0, 1, 1, 1, 1),
        (TODAY - timedelta(days=40), number): Day(7, 0, 7),
    }
    with bureau.store.write() as connection:
        device_days.add(connection, counts)
        for name, count, day in (
            ("old-code", 2, TODAY),
            ("old-code", 3, TODAY - timedelta(days=9)),
            ("missing-crlf", 9, TODAY),
            ("no-qn", 1, TODAY - timedelta(days=60)),
        ):
            devices.count_problems(connection, [_problem(mn, name, count, day)])
    page = get(bureau, f"devices/{mn}", "viewer", "东区")
    device_shapes.DeviceQuality.model_validate(page)
    assert page["clean"] == {
        "today": {"frames": 10, "clean": 4, "refused": 1, "share": 0.4},
        "days_7": {"frames": 100, "clean": 90, "refused": 1, "share": 0.9},
        "days_30": {"frames": 100, "clean": 90, "refused": 1, "share": 0.9},
    }
    assert [(p["problem"], p["count"]) for p in page["problems"]] == [
        ("missing-crlf", 9),
        ("old-code", 5),
    ]
    assert page["clock"] == {
        "day": TODAY.isoformat(),
        "frames": 3,
        "mean_ms": -100.0,
        "least_ms": -200,
        "most_ms": 50,
    }
    assert page["minute_interval"] == 5
    yesterday = page["rates"]["yesterday"]
    assert (yesterday["in_time"]["due"], yesterday["in_time"]["received"]) == (24, 22)
    assert yesterday["with_late"]["received"] == 23
    assert page["rates"]["days_7"]["in_time"]["due"] == 6 * 24 + 14
    assert page["gaps"]["hour"]["missing"] == 5 * 24 + 1
    assert page["gaps"]["hour"]["longest"]["missing"] == 5 * 24
    assert page["gaps"]["day"] is None
    assert page["gaps"]["minute"]["due"] == 12 * (6 * 24 + 15) + 6


def _problem(mn: str, name: str, count: int, day: date) -> dict[str, Any]:
    return {
        "day": day,
        "adapter": "hj212",
        "device": mn,
        "problem": name,
        "count": count,
        "first_at": AT,
        "last_at": AT,
        "frame": 1,
    }


def test_a_device_of_which_little_is_known(bureau: Bureau) -> None:
    hear(bureau, MN[EAST], Period.MINUTE, [MIDNIGHT - timedelta(days=30)])
    page = get(bureau, f"devices/{MN[EAST]}")
    device_shapes.DeviceQuality.model_validate(page)
    assert (page["clock"], page["minute_interval"], page["problems"]) == (None, None, [])
    assert page["clean"]["today"]["share"] is None
    assert page["rates"]["month"]["in_time"]["effective"] is None
    assert page["gaps"] == {"minute": None, "hour": None, "day": None}
    assert bureau.call("GET", "devices/NOBODY").status_code == 404


def test_gaps_page_by_page(bureau: Bureau) -> None:
    path = f"devices/{MN[EAST]}/gaps"
    hear(bureau, MN[EAST], Period.HOUR, [MIDNIGHT + n * HOUR for n in range(0, 14, 2)])
    day = {"from": TODAY.isoformat(), "to": TODAY.isoformat()}
    found = get(bureau, path, **day)
    device_shapes.GapPage.model_validate(found)
    assert [gap["start"] for gap in found["items"]] == [
        f"2026-11-20T{hour:02}:00:00+08:00" for hour in range(1, 14, 2)
    ]
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(bureau, path, limit=3, **day, **cursor)
        items += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert items == found["items"]
    assert get(bureau, path, period="day")["items"] == []
    for wrong in ("period=month", "from=2026-11-21&to=2026-11-20", "from=1990-01-01"):
        assert bureau.call("GET", f"{path}?{wrong}").status_code == 422
