"""Emergency orders by the API: entered, listed, lifted, struck out, audited, within districts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from monitor.books import Books
from monitor.clock import to_ms
from monitor.power import OrderKind
from monitor.register import Enterprise, Meter
from monitor.store import books, devices
from monitor.store import emergency_orders as orders
from monitor.store.tables import due
from tests.api.conftest import AT, EAST, WEST, Bureau

HOUR = 3_600_000
URL = "/api/v1/emergency-orders"


def body(**more: Any) -> dict[str, Any]:
    return {
        "uscc": EAST,
        "kind": "limit",
        "allowed_share": 0.5,
        "start": "2026-11-20T00:00:00+08:00",
        "end": "2026-11-23T00:00:00+08:00",
        "document": "示例〔2026〕7号",
    } | more


def entered(bureau: Bureau, **more: Any) -> int:
    answer = bureau.call("POST", URL, "supervisor", json=body(**more))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_an_order_is_entered_once_and_audited(bureau: Bureau) -> None:
    first = bureau.call("POST", URL, "supervisor", json=body())
    again = bureau.call("POST", URL, "supervisor", json=body())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    shown = first.json()
    assert (shown["recorded_by"], shown["struck_out"], shown["line"]) == ("supervisor", None, None)
    assert shown["end"] == "2026-11-23T00:00:00+08:00"
    trail = bureau.call("GET", "/api/v1/audit").json()["items"]
    assert [entry["action"] for entry in trail].count("emergency-order.enter") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "slow"},
        {"allowed_share": None},
        {"allowed_share": 1.2},
        {"kind": "stop"},  # with a share
        {"end": "2026-11-20T00:00:00+08:00"},
        {"end": "2028-11-20T00:00:00+08:00"},
        {"start": "bald"},
        {"start": "2029-11-20T00:00:00+08:00", "end": None},
        {"baseline_kw": 0},
    ],
)
def test_what_cannot_be_is_refused(bureau: Bureau, wrong: dict[str, Any]) -> None:
    answer = bureau.call("POST", URL, "supervisor", json=body(**wrong))
    assert answer.status_code == 422, answer.text


def test_what_is_in_force_as_the_rules_see_it(bureau: Bureau) -> None:
    number = entered(bureau, line="一线", baseline_kw=400)
    stop = {"kind": "stop", "allowed_share": None, "end": None}
    entered(bureau, start="2026-11-22T00:00:00+08:00", **stop)
    with bureau.store.read() as connection:
        found = orders.of(connection, EAST, to_ms(AT), to_ms(AT) + HOUR)
        assert [each.id for each in found] == [number]
        (order,) = found
        assert (order.kind, order.allowed_share, order.baseline_kw, order.line) == (
            OrderKind.LIMIT, 0.5, 400, "一线",
        )  # fmt: skip
        far = to_ms(AT) + 1000 * 24 * HOUR
        assert [o.kind for o in orders.of(connection, EAST, far, far + HOUR)] == [OrderKind.STOP]
        assert orders.of(connection, WEST, 0, far) == []


def test_lifted_before_its_time(bureau: Bureau) -> None:
    number = entered(bureau)
    lift = {"at": "2026-11-21T12:00:00+08:00", "reason": "解除"}
    answer = bureau.call("POST", f"{URL}/{number}/lift", "supervisor", json=lift)
    assert answer.status_code == 200, answer.text
    following = answer.json()
    assert following["end"] == "2026-11-21T12:00:00+08:00"
    before = bureau.call("GET", f"{URL}/{number}").json()
    assert before["struck_out"]["replaced_by"] == following["id"]
    assert before["struck_out"]["reason"] == "解除"
    assert [o["id"] for o in bureau.call("GET", URL).json()["items"]] == [following["id"]]
    again = bureau.call("POST", f"{URL}/{number}/lift", "supervisor", json=lift)
    assert again.status_code == 409
    for at in ("2026-11-19T00:00:00+08:00", "2026-12-01T00:00:00+08:00"):
        wrong = bureau.call(
            "POST", f"{URL}/{following['id']}/lift", "supervisor", json={"at": at, "reason": "x"}
        )
        assert wrong.status_code == 422


def test_what_was_drawn_under_an_order_is_judged_again(bureau: Bureau) -> None:
    """Whenever it is entered, lifted or struck out."""
    with bureau.store.write() as connection:
        said = Books(
            enterprises=(Enterprise(uscc=EAST, name="东厂", district="东区"),),
            meters=(Meter(meter="m1", uscc=EAST, facility="production", rated_kw=100.0),),
        )
        books.apply(connection, said, replace=False, now=AT)
        bureau.books[0] = books.load(connection)
        (number,) = devices.numbers(connection, {"m1": ("meters", "p", AT)}).values()

    def noted() -> list[Any]:
        with bureau.store.write() as connection:
            rows = connection.execute(select(due).where(due.c.reason == "power")).all()
            connection.execute(delete(due))
        return [(row.device, row.since_ms, row.until_ms) for row in rows]

    noted()
    span = (number, to_ms(AT) - 16 * HOUR, to_ms(AT))  # up to now: the rest is not over yet
    order = entered(bureau)
    assert noted() == [span]
    lift = {"at": "2026-11-20T12:00:00+08:00", "reason": "x"}
    following = bureau.call("POST", f"{URL}/{order}/lift", "supervisor", json=lift).json()["id"]
    assert noted() == [span]
    bureau.call("DELETE", f"{URL}/{following}?reason=x", "supervisor")
    assert noted() == [(number, span[1], span[1] + 12 * HOUR)]


def test_struck_out_it_counts_no_more_and_stays_to_be_seen(bureau: Bureau) -> None:
    number = entered(bureau)
    gone = bureau.call("DELETE", f"{URL}/{number}?reason=录入错误", "supervisor")
    assert gone.status_code == 204
    assert bureau.call("GET", URL).json()["items"] == []
    (shown,) = bureau.call("GET", f"{URL}?struck_out=true").json()["items"]
    assert (shown["id"], shown["struck_out"]["reason"]) == (number, "录入错误")
    with bureau.store.read() as connection:
        assert orders.of(connection, EAST, to_ms(AT), to_ms(AT) + HOUR) == []
    assert bureau.call("DELETE", f"{URL}/{number}?reason=x", "supervisor").status_code == 409
    assert bureau.call("DELETE", f"{URL}/{number}", "supervisor").status_code == 422
    assert entered(bureau) != number  # it may be entered again


def test_a_list_by_enterprise_and_time_a_page_at_a_time(bureau: Bureau) -> None:
    numbers = [entered(bureau, document=str(n)) for n in range(3)]
    bureau.call("POST", URL, json=body(uscc=WEST))
    first = bureau.call("GET", f"{URL}?uscc={EAST}&limit=2").json()
    second = bureau.call("GET", f"{URL}?uscc={EAST}&limit=2&cursor={first['next']}").json()
    assert [o["id"] for o in first["items"] + second["items"]] == numbers
    for span, count in (("from=2026-11-23", 0), ("to=2026-11-19", 0), ("from=2026-11-22", 3)):
        assert len(bureau.call("GET", f"{URL}?uscc={EAST}&{span}").json()["items"]) == count


def test_other_districts_see_and_change_nothing(bureau: Bureau) -> None:
    number = entered(bureau)
    lift = {"at": "2026-11-21T12:00:00+08:00", "reason": "x"}
    assert bureau.call("GET", URL, "viewer", "西区").json()["items"] == []
    assert bureau.call("GET", f"{URL}/{number}", "viewer", "西区").status_code == 404
    assert bureau.call("POST", URL, "supervisor", "西区", json=body()).status_code == 404
    for method, path, said in (
        ("POST", f"{number}/lift", lift),
        ("DELETE", f"{number}?reason=x", None),
    ):
        answer = bureau.call(method, f"{URL}/{path}", "supervisor", "西区", json=said)
        assert answer.status_code == 404
