"""Meters in the register: whose their readings are, which line they are on, their ratio."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.adapter import Delivery
from monitor.books import Books
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.register import Enterprise, Meter, Register
from monitor.store import Store, books, devices, views
from tests.mqtt.test_intake import taking_in
from tests.registers import uscc

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)


def meter(number: str, **more: object) -> Meter:
    given = {"meter": number, "uscc": uscc(1), "facility": "production", "rated_kw": 100.0}
    return Meter(**(given | more))  # type: ignore[arg-type]  # fields by name


METERS = (
    meter("m3", line="一线"),
    meter("m1", line="一线", facility="treatment", ratio=80.0),
    meter("m2"),
    meter("m4", uscc=uscc(2)),
)
OWNERS = tuple(Enterprise(uscc=uscc(n), name=f"示例{n}", district="示例区") for n in (1, 2))


def test_lines_ratios_and_owners() -> None:
    register = Register(enterprises=OWNERS, meters=METERS)
    lines = register.lines(uscc(1))
    assert {name: [m.meter for m in meters] for name, meters in lines.items()} == {
        "": ["m2"],
        "一线": ["m1", "m3"],
    }
    assert register.lines("nobody") == {}
    assert [register.ratio(each) for each in ("m1", "m2", "m9")] == [80.0, None, None]
    owner = register.owner("m4")
    assert owner is not None
    assert (owner.uscc, register.owner("m9")) == (uscc(2), None)
    assert [register.knows(each) for each in ("m4", "m9")] == [True, False]


def test_they_are_written_and_read_again(store: Store) -> None:
    with store.write() as connection:
        said = Books(enterprises=OWNERS, meters=METERS)
        books.apply(connection, said, replace=False, now=NOW)
        assert set(books.load(connection).meters) == set(METERS)


async def test_readings_of_a_registered_meter_are_in_no_quarantine(store: Store) -> None:
    with store.write() as connection:
        said = Books(enterprises=OWNERS, meters=METERS)
        books.apply(connection, said, replace=False, now=NOW)
    layout = Layout((("P", Statistic.VALUE), ("EPI", Statistic.VALUE)))
    at = NOW - timedelta(minutes=5)
    deliveries = [
        Delivery(
            Frame("meters", "peer", NOW, b"{}", device=mn),
            (Readings(mn, Period.REALTIME, at, at, layout, (12.5, 100.0)),),
        )
        for mn in ("m1", "stranger")
    ]
    async with taking_in(store) as intake:
        await intake.deliver(deliveries)
    with store.read() as connection:
        assert devices.quarantined(connection) == 1
        known = views.device_rows(connection, ("示例区",), True, 10, 0)
        assert [(row.mn, row.outlet) for row in known] == [("m1", "m1")]
        strange = views.device_rows(connection, (), False, 10, 0)
        assert [row.mn for row in strange] == ["stranger"]
        assert views.device_in_reach(connection, ("示例区",), "m1")
        assert not views.device_in_reach(connection, ("别区",), "m1")
        assert not views.outlet_in_reach(connection, (), "m1")


@pytest.mark.parametrize("quarantine", [0])
async def test_a_full_quarantine_keeps_no_meter_out(store: Store, quarantine: int) -> None:
    with store.write() as connection:
        said = Books(enterprises=OWNERS, meters=METERS)
        books.apply(connection, said, replace=False, now=NOW)
    layout = Layout((("P", Statistic.VALUE),))
    readings = Readings("m2", Period.REALTIME, NOW, NOW, layout, (1.0,))
    delivery = Delivery(Frame("meters", "peer", NOW, b"{}", device="m2"), (readings,))
    async with taking_in(store) as intake:
        intake._naming.quarantine = quarantine
        await intake.deliver([delivery])
    with store.read() as connection:
        assert devices.find(connection, ["m2"])
