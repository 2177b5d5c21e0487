"""What satellites saw, as alerts: whose it is, standing heat, products that replace each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from adapters.satellite.firms import codec
from adapters.satellite.firms.reception import Reception
from monitor.event import Event, Kind, Place
from monitor.judging import Judging
from monitor.observation import Frame
from monitor.register import Enterprise, Register
from monitor.sightings import Seen
from monitor.store import Store, frames, tables
from tests.judging.test_sightings import alerts, bench, told
from tests.satellite.kit import config, file, row
from tests.test_placing import square
from tests.video.kit import Bench

NOW = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
STEEL, COKE, LONE = "91990000MATEXT0011", "91990000MATEXT0022", "91990000MATEXT0033"
REGISTER = Register(
    enterprises=(
        Enterprise(uscc=STEEL, name="示例钢厂", district="东区", boundary=square(112.10, 36.10)),
        Enterprise(uscc=COKE, name="示例焦化", district="西区", boundary=square(112.13, 36.10)),
        Enterprise(uscc=LONE, name="示例铸造", district="东区", longitude=112.2, latitude=36.2),
    )
)


def events(*rows: str, **more: Any) -> list[Event]:
    """What the adapter makes of rows."""
    reception = Reception(config(**more), Bench(Path("nowhere")).context())
    return list(reception.delivery(codec.read(file(*rows), NOW, 100), b"", "", NOW).events)


def take(store: Store, some: Iterable[Event], now: datetime = NOW) -> None:
    """A transaction for each."""
    for event in some:
        with store.write() as connection:
            frame = Frame("fires", "10.0.0.1", now, event.key.encode())
            first = frames.append(connection, [frame])
            judging = Judging(
                connection,
                replace(bench(), register=REGISTER),
                now,
                lambda ids, f=frame: dict.fromkeys(ids, f),
            )
            judging.see([Seen("fires", event, first)])
            judging.tell()


def kept(store: Store) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(select(tables.sightings).order_by(tables.sightings.c.key)))


def test_heat_inside_a_boundary_is_an_alert_to_screen(store: Store) -> None:
    take(store, events(row(36.105, 112.105)))
    (alert,) = alerts(store)
    assert (alert.rule, alert.outcome, alert.uscc) == ("hotspot", "screen", STEEL)
    assert alert.reason == "卫星遥感（FIRMS）发现“thermal anomaly”；位置在该企业边界内"
    assert [(each.kind, each.placed) for each in kept(store)] == [("remote", "inside")]


def test_a_pixel_that_touches_one_boundary_is_its(store: Store) -> None:
    take(store, events(row(36.105, 112.112)))  # 180 m east of the edge, pixel of 320 m
    (alert,) = alerts(store)
    assert (alert.uscc, kept(store)[0].placed) == (STEEL, "accuracy")


def test_nobody_is_accused_by_nearness(store: Store) -> None:
    take(store, events(row(36.105, 112.12), row(36.2, 112.2), row(37, 113)))
    assert alerts(store) == []
    assert [(each.uscc, each.alert) for each in kept(store)] == [(None, None)] * 3


def test_what_several_satellites_see_is_one_episode(store: Store) -> None:
    some = [row(), row(satellite="N"), row(satellite="N21", time="1730", day="2026-07-31")]
    take(store, events(*some))
    (alert,) = alerts(store)
    assert alert.periods == 3
    assert told(store).count("alert.opened") == 1


# --- products that replace each other -------------------------------------------------------------


def test_the_standard_product_adds_to_the_event_and_counts_once(store: Store) -> None:
    take(store, events(row(36.10512, 112.10512, version="2.0NRT")))
    later = events(row(36.1051, 112.1051, version="2", satellite="1", confidence="h"))
    take(store, later, NOW.replace(month=12))
    after = told(store)
    assert after.count("alert.opened") == 1
    take(store, later, NOW.replace(month=12))
    (alert,), (event,) = alerts(store), kept(store)
    assert (alert.periods, told(store)) == (1, after)
    assert set(event.details) == {"near_real_time", "standard"}
    assert event.details["standard"]["confidence"] == "high"


PRODUCTS = [
    row(lat, 112.105, version=version, day=day)
    for lat in (36.104, 36.106)
    for day in ("2026-07-31", "2026-08-01")
    for version in ("2.0URT", "2.0NRT", "2")
]


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_any_order_and_duplicates_come_to_the_same(store: Store, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=5))
    found = []
    for order in (chosen, data.draw(st.permutations(chosen + chosen[:2]))):
        with store.write() as connection:
            for table in ("sighting_files", "sightings", "deliveries", "events", "alerts"):
                connection.execute(delete(getattr(tables, table)))
        take(store, [event for each in order for event in events(each)])
        spans = [(each.start_ms, each.end_ms, each.periods) for each in alerts(store)]
        found.append((spans, [(each.key, each.details) for each in kept(store)]))
    assert found[0] == found[1]


# --- standing heat --------------------------------------------------------------------------------


def test_standing_heat_is_kept_and_marked_and_no_alert(store: Store) -> None:
    take(store, events(row(), standing_heat=[STEEL]))
    assert alerts(store) == []
    (event,) = kept(store)
    assert (event.uscc, event.alert) == (STEEL, None)
    assert event.details["usual_at"] == STEEL
    take(store, events(row(version="2"), standing_heat=[STEEL]))
    assert (alerts(store), len(kept(store))) == ([], 1)


@pytest.mark.parametrize("where", [(36.105, 112.112), (36.2, 112.2)])
def test_also_where_the_pixel_only_touches_it_or_it_is_a_point(
    store: Store, where: tuple[float, float]
) -> None:
    take(store, events(row(*where), standing_heat=[STEEL, LONE]))
    assert alerts(store) == []
    assert "usual_at" in kept(store)[0].details


def test_heat_at_others_is_news_still(store: Store) -> None:
    take(store, events(row(36.105, 112.135), standing_heat=[STEEL]))
    (alert,) = alerts(store)
    assert alert.uscc == COKE


def test_weak_and_registered_places_are_only_kept(store: Store) -> None:
    take(store, events(row(confidence="l")))
    assert alerts(store) == []
    take(store, events(row(version="2", confidence="h")))  # the standard product is surer
    assert len(alerts(store)) == 1


# --- cells of a grid ------------------------------------------------------------------------------


@pytest.mark.parametrize(("reach", "owner"), [(300.0, STEEL), (4000.0, None)])
def test_a_cell_is_of_the_one_it_holds_alone(store: Store, reach: float, owner: str | None) -> None:
    place = Place(longitude=112.105, latitude=36.105, accuracy=reach)
    event = Event(
        key="G1", kind=Kind.REMOTE, source="G1", label="PM2.5", start=NOW, place=place, sized=True
    )
    take(store, [event])
    (alert,) = alerts(store)
    assert (alert.rule, alert.uscc) == ("hotspot", owner)
