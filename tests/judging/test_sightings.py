"""What eyes saw, as alerts: one an episode, in whatever order it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from monitor.alert import Outcome, Policy
from monitor.alerting import Alerting, Bench
from monitor.clock import to_ms
from monitor.event import Event, Examined, Kind, Picture, Place
from monitor.judging import Judging
from monitor.observation import Frame
from monitor.register import Camera, Enterprise, Register
from monitor.sightings import Seen, clear_over
from monitor.store import Store, frames, tables, views
from monitor.store import sightings as rows
from monitor.terms import Terms

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
REGISTER = Register(
    enterprises=(Enterprise(uscc="1", name="示例钢厂", district="东区"),),
    cameras=(Camera(camera="gate", uscc="1", adapter="eyes"),),
)
SECOND = timedelta(seconds=1)


def seen(key: str, at: float, **more: Any) -> Event:
    """An event so many seconds after now, whose episodes end after ten seconds of silence."""
    values = {"kind": Kind.VIDEO, "source": "gate", "label": "fire", "silence": 10 * SECOND} | more
    return Event(key=key, start=NOW + at * SECOND, **values)


def bench(**outcomes: Outcome) -> Bench:
    policy = Policy()
    rules = policy.rules | {name.replace("_", "-"): v for name, v in outcomes.items()}
    return Bench(
        register=REGISTER,
        policy=replace(policy, rules=rules),
        zone=ZONE,
        language="zh",
        terms=lambda: Terms(zone=ZONE),
    )


def take(store: Store, events: Iterable[Event], now: datetime = NOW, **outcomes: Outcome) -> None:
    """A transaction for each event, in the order given."""
    for event in events:
        with store.write() as connection:
            frame = Frame("eyes", "10.0.0.1", now, event.key.encode())
            first = frames.append(connection, [frame])
            judging = Judging(
                connection, bench(**outcomes), now, lambda ids, f=frame: dict.fromkeys(ids, f)
            )
            judging.see([Seen("eyes", event, first)])
            judging.tell()


def alerts(store: Store, **columns: Any) -> list[Any]:
    with store.read() as connection:
        query = select(tables.alerts).order_by(tables.alerts.c.start_ms, tables.alerts.c.id)
        return [
            row
            for row in connection.execute(query)
            if row.periods and all(row._mapping[k] == v for k, v in columns.items())
        ]


def spans(store: Store) -> list[tuple[int, int, int]]:
    at = to_ms(NOW)
    return [(a.start_ms - at, a.end_ms - at, a.periods) for a in alerts(store)]


def told(store: Store) -> list[str]:
    with store.read() as connection:
        events = select(tables.events.c.type).order_by(tables.events.c.seq)
        return list(connection.execute(events).scalars())


def test_long_keys_that_begin_alike_are_two_events(store: Store) -> None:
    begin = "k" * 500
    take(store, [seen(begin + "1", 0), seen(begin + "2", 60), seen(begin + "1", 0)])
    assert spans(store) == [(0, 0, 1), (60_000, 60_000, 1)]


def test_an_event_of_a_registered_camera_is_an_alert_to_screen(store: Store) -> None:
    take(store, [seen("a", 0, confidence=0.87, details={"box": [1, 2, 3, 4]})])
    (alert,) = alerts(store)
    assert (alert.rule, alert.outcome, alert.state) == ("video-event", "screen", "open")
    assert (alert.uscc, alert.district, alert.source, alert.label) == (
        "1",
        "东区",
        "eyes/gate",
        "fire",
    )
    assert "87%" in alert.reason
    assert told(store) == ["alert.opened"]
    with store.read() as connection:
        (row,) = rows.of_alert(connection, alert.id, 10)
        assert frames.fetch(connection, row.frame) is not None
        connection.execute(delete(tables.frame_log))
        kept = frames.fetch(connection, row.frame)
    assert kept is not None  # an alert leans on it
    assert row.details == {"box": [1, 2, 3, 4]}


def test_the_same_message_again_changes_nothing(store: Store) -> None:
    take(store, [seen("a", 0)] * 3)
    assert spans(store) == [(0, 0, 1)]
    assert told(store) == ["alert.opened"]


def test_repeats_are_one_episode_and_silence_ends_it(store: Store) -> None:
    take(store, [seen(str(n), n) for n in range(5)] + [seen("late", 14), seen("new", 15)])
    assert spans(store) == [(0, 15_000, 7)]
    take(store, [seen("other", 26)])
    assert spans(store) == [(0, 15_000, 7), (26_000, 26_000, 1)]


def test_other_cameras_and_other_labels_are_other_stories(store: Store) -> None:
    take(store, [seen("a", 0), seen("b", 1, label="smoke"), seen("c", 1, source="yard")])
    assert [a.periods for a in alerts(store)] == [1, 1, 1]
    (stray,) = alerts(store, source="eyes/yard")
    assert (stray.uscc, stray.district) == (None, None)
    assert "未登记" in stray.reason


def test_the_end_of_an_event_comes_later(store: Store) -> None:
    began = seen("a", 0, details={"level": 2})
    take(store, [began, replace(began, end=NOW + 60 * SECOND, details={"stopped": True})])
    assert spans(store) == [(0, 60_000, 1)]
    with store.read() as connection:
        (row,) = rows.of_alert(connection, alerts(store)[0].id, 10)
    assert row.details == {"level": 2, "stopped": True}
    take(store, [began])  # once more, late: what is known stays
    assert spans(store) == [(0, 60_000, 1)]


def test_an_episode_is_cleared_when_it_is_over_and_goes_on_when_it_does(store: Store) -> None:
    take(store, [seen("a", 0)])
    assert cleared(store, NOW + 9 * SECOND) == 0
    assert cleared(store, NOW + 11 * SECOND) == 1
    (alert,) = alerts(store)
    assert (alert.state, alert.cleared_ms) == ("cleared", to_ms(NOW))
    take(store, [seen("b", 8)], NOW + 12 * SECOND)  # it was on its way
    (alert,) = alerts(store)
    assert (alert.state, alert.periods, alert.cleared_ms) == ("open", 2, None)
    assert told(store) == ["alert.opened", "alert.cleared", "alert.updated"]


def cleared(store: Store, now: datetime) -> int:
    with store.write() as connection:
        alerting = Alerting(connection, bench(), now)
        done = clear_over(alerting, 100)
        alerting.tell()
    return done


def test_back_fill_is_kept_and_told_to_nobody(store: Store) -> None:
    take(store, [seen("old", 0, supplementary=True)])
    (alert,) = alerts(store)
    assert (alert.silent, told(store)) == (True, [])
    take(store, [seen("live", 5)])
    (alert,) = alerts(store)
    assert (alert.silent, alert.periods, told(store)) == (False, 2, ["alert.opened"])


def test_a_bureau_may_want_a_visit(store: Store) -> None:
    take(store, [seen("a", 0), seen("b", 5)], video_event=Outcome.VERIFY)
    (alert,) = alerts(store)
    with store.read() as connection:
        (task,) = views.tasks_of(connection, [], "1", 10)
    assert (alert.task, task.trigger, task.uscc) == (task.id, "video", "1")
    take(store, [seen("c", 0, source="yard")], video_event=Outcome.VERIFY)
    assert alerts(store, source="eyes/yard")[0].task is None  # nobody is visited for it


def test_an_old_event_is_screened_whatever_the_policy(store: Store) -> None:
    old = seen("a", -90 * 86_400)
    take(store, [old], video_event=Outcome.VERIFY)
    assert alerts(store)[0].outcome == "screen"


def test_pictures_may_come_later(store: Store, tmp_path: Path) -> None:
    def picture(text: str) -> Picture:
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Picture(f"{text}.jpg", Examined(tmp_path / text, digest, 3, "image/jpeg"))

    first, second = picture("one"), picture("two")
    event = seen("a", 0, pictures=(first,))
    take(store, [event, replace(event, pictures=(second,)), replace(event, pictures=(first,))])
    with store.read() as connection:
        (row,) = rows.of_alert(connection, alerts(store)[0].id, 10)
        (shaped,) = rows.shape_rows(connection, [row], ZONE)
    assert sorted(file["name"] for file in shaped["files"]) == ["one.jpg", "two.jpg"]
    assert shaped["files"][0]["links"]["content"].startswith(f"/api/v1/sightings/{row.id}/files/")


def test_a_picture_that_names_no_camera_belongs_to_the_event_of_its_key(store: Store) -> None:
    later = seen("a", 300, source="", label="", details={"picture": "here"})
    alarm = seen("a", 0, details={"level": 1})
    take(store, [later])
    assert alerts(store) == []  # nobody is told of a picture of nothing
    take(store, [alarm])
    assert spans(store) == [(0, 0, 1)]
    take(store, [seen("b", 100), seen("b", 400, source="", label="", details={"picture": "there"})])
    assert spans(store) == [(0, 0, 1), (100_000, 100_000, 1)]
    with store.read() as connection:
        details = [row.details for row in rows.listed(connection, [], 10)]
    assert {"picture": "there"} in details


def test_a_stop_that_comes_before_its_start(store: Store) -> None:
    stop = seen("a", 60, end=NOW + 60 * SECOND)
    take(store, [stop, seen("a", 0)])
    assert spans(store) == [(0, 60_000, 1)]


def test_a_drone_finding_where_it_is(store: Store) -> None:
    place = Place(longitude=112.1, latitude=36.1, accuracy=3)
    take(store, [seen("d", 0, kind=Kind.DRONE, source="UAV-示例", place=place)])
    (alert,) = alerts(store)
    assert (alert.rule, alert.uscc) == ("drone-finding", None)
    with store.read() as connection:
        (row,) = rows.listed(connection, [], 10, placed=False)
    assert (row.longitude, row.placed, row.accuracy) == (112.1, "nowhere", 3)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_alerts_are_the_same_in_whatever_order_events_come(
    store: Store, data: st.DataObject
) -> None:
    with store.write() as connection:
        for table in ("sighting_files", "sightings", "deliveries", "events", "alerts"):
            connection.execute(delete(getattr(tables, table)))
    ats = data.draw(st.lists(st.integers(0, 120), min_size=1, max_size=7, unique=True))
    take(store, [seen(f"k{at}", at) for at in data.draw(st.permutations(ats))])
    expected: list[list[int]] = []
    for at in sorted(ats):
        if expected and at - expected[-1][-1] <= 10:
            expected[-1].append(at)
        else:
            expected.append([at])
    assert spans(store) == [(e[0] * 1000, e[-1] * 1000, len(e)) for e in expected]
