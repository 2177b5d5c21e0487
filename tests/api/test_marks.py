"""Marks by the API: entered, listed with what of them counts, struck out, seen in three series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from monitor.books import Books
from monitor.clock import to_ms
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.register import Enterprise, Medium, Outlet
from monitor.store import books, devices, frames, readings
from monitor.store.readings import Arrival
from monitor.store.tables import due
from tests.api.conftest import AT, EAST, Bureau

INCINERATOR = "EAST-FURNACE"
START = datetime(2026, 11, 19, 0, tzinfo=UTC)


def furnace(bureau: Bureau) -> None:
    """An incinerator in the east with three hours of data, the last of them flagged."""
    layout = Layout((("a21026", Statistic.VALUE),))
    hour = timedelta(hours=1)
    with bureau.store.write() as connection:
        said = Books(
            enterprises=(Enterprise(uscc=EAST, name="东厂", district="东区"),),
            outlets=(
                Outlet(
                    mn=INCINERATOR, uscc=EAST, code="DA009", medium=Medium.AIR, kind="incinerator"
                ),
            ),
        )
        books.apply(connection, said, replace=False, now=AT)
        bureau.books[0] = books.load(connection)
        number = devices.numbers(connection, {INCINERATOR: ("t", "p", AT)})[INCINERATOR]
        columns = devices.layout_numbers(connection, [layout])[layout]
        frame = frames.append(connection, [Frame("t", "p", AT, b"x", device=INCINERATOR)])
        readings.add(
            connection,
            [
                Arrival(
                    Readings(
                        INCINERATOR, Period.HOUR, START + n * hour, START + (n + 1) * hour,
                        layout, [10.0 + n], (flag,),
                    ),
                    number, columns, late=False, sent_ms=None, received_ms=to_ms(AT), frame=frame,
                )
                for n, flag in enumerate(["N", "N", "D"])
            ],
        )  # fmt: skip


def body(**more: Any) -> dict[str, Any]:
    return {
        "mn": INCINERATOR,
        "class": "condition",
        "item": "启炉",
        "start": "2026-11-19T08:00:00+08:00",
        "end": "2026-11-19T09:00:00+08:00",
        "manual": True,
        "reason": "示例",
        "submitted_at": "2026-11-19T08:30:00+08:00",
    } | more


def test_a_mark_is_entered_once_and_its_span_judged_again(bureau: Bureau) -> None:
    furnace(bureau)
    first = bureau.call("POST", "/api/v1/marks", "supervisor", json=body())
    again = bureau.call("POST", "/api/v1/marks", "supervisor", json=body())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["recorded_by"] == "supervisor"
    assert first.json()["submitted_at"] == "2026-11-19T08:30:00+08:00"
    with bureau.store.read() as connection:
        assert "marks" in connection.execute(select(due.c.reason)).scalars().all()
    trail = bureau.call("GET", "/api/v1/audit").json()["items"]
    assert [entry["action"] for entry in trail].count("mark.enter") == 1


def test_what_cannot_be_is_refused_and_other_districts_see_nothing(bureau: Bureau) -> None:
    furnace(bureau)
    for wrong in (
        {"end": "2026-11-19T08:00:00+08:00"},
        {"end": "2028-11-19T08:00:00+08:00"},
        {"submitted_at": "2027-01-01T00:00:00+08:00"},
        {"start": "gestern"},
        {"class": "weather"},
        {"item": ""},
        {"pollutant": "02"},
    ):
        assert bureau.call("POST", "/api/v1/marks", json=body(**wrong)).status_code == 422, wrong
    missing = bureau.call("POST", "/api/v1/marks", json=body(mn="NOBODY"))
    elsewhere = bureau.call("POST", "/api/v1/marks", "supervisor", "西区", json=body())
    assert (missing.status_code, elsewhere.status_code) == (404, 404)
    bureau.call("POST", "/api/v1/marks", json=body())
    assert bureau.call("GET", "/api/v1/marks", "viewer", "西区").json()["items"] == []
    hidden = f"/api/v1/outlets/{INCINERATOR}/marked-hours"
    assert bureau.call("GET", hidden, "viewer", "西区").status_code == 404


def test_the_list_says_what_does_not_count_and_what_flags_say(bureau: Bureau) -> None:
    furnace(bureau)
    bureau.call("POST", "/api/v1/marks", json=body())
    bureau.call(
        "POST", "/api/v1/marks", json=body(item="故障", submitted_at="2026-11-19T23:00:00+08:00")
    )
    found = bureau.call("GET", f"/api/v1/marks?mn={INCINERATOR}&from=2026-11-19&flags=true").json()
    flag, *entered = found["items"]
    assert (flag["id"], flag["item"], flag["manual"], flag["pollutant"]) == (
        None,
        "故障",
        False,
        "a21026",
    )
    why = {item["item"]: [part["why"] for part in item["refused"]] for item in entered}
    assert why == {"启炉": [], "故障": ["late"]}
    hours = bureau.call("GET", f"/api/v1/outlets/{INCINERATOR}/marked-hours?year=2026").json()
    (starting,) = hours["items"]
    assert (starting["span"], starting["used"], starting["allowed"]) == ("2026", 1.0, 60.0)
    assert starting["items"] == ["启炉", "停炉", "故障", "事故"]


def test_a_mark_that_is_struck_out_stays_to_be_seen(bureau: Bureau) -> None:
    furnace(bureau)
    number = bureau.call("POST", "/api/v1/marks", json=body()).json()["id"]
    path = f"/api/v1/marks/{number}/strike-out"
    struck = bureau.call("POST", path, json={"reason": "示例：不实"}).json()
    assert struck["struck_out"]["reason"] == "示例：不实"
    assert bureau.call("POST", path, json={"reason": "again"}).status_code == 409
    assert bureau.call("GET", "/api/v1/marks").json()["items"] == []
    (kept,) = bureau.call("GET", "/api/v1/marks?struck_out=true").json()["items"]
    assert kept["struck_out"]["by"] == "admin"
    assert bureau.call("POST", "/api/v1/marks", json=body()).status_code == 201  # and once more


def test_three_series_of_the_same_hours(bureau: Bureau) -> None:
    furnace(bureau)
    bureau.call("POST", "/api/v1/marks", json=body())

    def values(series: str) -> list[float | None]:
        path = f"/api/v1/outlets/{INCINERATOR}/observations?from=2026-11-19&to=2026-11-20"
        found = bureau.call("GET", f"{path}&series={series}").json()["items"]
        return [item["value"] for item in found]

    assert values("reported") == [10, 11, 12]
    assert values("device") == [10, 11, None]
    assert values("exempt") == [None, 11, None]
