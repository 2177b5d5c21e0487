"""Findings of independent sources about one enterprise raise each other, whichever came first."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from monitor.actions.alerts import Verdict
from monitor.alert import Outcome, Policy
from monitor.clock import to_ms
from monitor.corroboration import TRANSMISSION, Clue, Family, Scheme, agree, family, lifted, pairs
from monitor.marks import MarkClass
from monitor.observation import Period
from monitor.store import Store, tasks
from tests.judging.desk_kit import ALERT, CAMERA, DRONE, START, Yard, alerting, lines, opened
from tests.judging.kit import ZONE
from tests.servers import wait_for

SCREEN = Policy(exceedance={Period.HOUR: Outcome.SCREEN})
REMIND = Policy(exceedance={Period.HOUR: Outcome.REMIND})
DAY_MS = 86_400_000

clues = st.builds(
    lambda number, rule, uscc, start, length: Clue(
        id=number, rule=rule, uscc=uscc, start_ms=start, end_ms=start + length
    ),
    st.integers(1, 9),
    st.sampled_from(["exceedance", "constant-value", "video-event", "complaint", "missing-data"]),
    st.sampled_from("ab"),
    st.integers(0, 4 * DAY_MS),
    st.integers(0, DAY_MS),
)


def yard(store: Store, policy: Policy = SCREEN, **more: Any) -> Yard:
    one = Yard(store, "PLANT1", START + timedelta(days=5), limits=[{}], policy=policy, **more)
    one.desk = replace(one.desk, language=one.language)
    return one


# --- the scheme -----------------------------------------------------------------------------


@given(one=clues, other=clues)
def test_to_agree_is_mutual_and_of_two_families_of_one_enterprise(one: Clue, other: Clue) -> None:
    scheme = Scheme()
    assert agree(one, other, scheme) == agree(other, one, scheme)
    if agree(one, other, scheme):
        assert one.uscc == other.uscc
        assert family(one.rule) is not family(other.rule)
        assert not {one.rule, other.rule} & TRANSMISSION
    assert not agree(one, other, Scheme(enabled=False))


@given(some=st.lists(clues, max_size=8, unique_by=lambda clue: clue.id), data=st.data())
def test_what_agrees_does_not_depend_on_the_order(some: list[Clue], data: st.DataObject) -> None:
    def found(order: list[Clue]) -> set[frozenset[int]]:
        agreed: set[frozenset[int]] = set()
        for n, one in enumerate(order):  # each comes when those before it are there
            here = order[: n + 1]
            agreed |= {frozenset((a.id, b.id)) for a, b in pairs([one], here, Scheme())}
        return agreed

    naive = {
        frozenset((a.id, b.id)) for a, b in itertools.combinations(some, 2) if agree(a, b, Scheme())
    }
    assert found(data.draw(st.permutations(some))) == naive


def test_every_family_is_there_and_data_rules_are_one() -> None:
    rules = ("exceedance", "video-event", "drone-finding", "night-power", "hotspot", "complaint")
    assert [family(rule) for rule in rules] == list(Family)
    assert family("limit-hugging") is Family.EMISSION
    assert family("anomaly-score") is family("forecast-exceedance") is None
    assert family("late-data") is None
    assert [lifted(each) for each in Outcome] == ["screen", "verify", "verify"]


# --- at the desk ----------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["exceedance", "video"])
def test_a_finding_and_what_a_camera_saw_ask_for_a_visit_together(store: Store, first: str) -> None:
    one = yard(store)
    steps = [lambda: one.exceed(10), lambda: one.see(12)]
    for step in steps if first == "exceedance" else reversed(steps):
        step()
    found, seen = one.one("exceedance"), one.one("video-event")
    assert found["outcome"] == seen["outcome"] == "verify"
    (by,) = found["corroborated_by"]
    assert by == {
        "alert": seen["id"],
        "rule": "video-event",
        "family": "video",
        "start": "2026-11-02T12:00:00+08:00",
        "end": "2026-11-02T12:00:00+08:00",
        "before": "screen",
        "after": "verify",
        "stands": True,
    }
    assert seen["corroborated_by"][0]["family"] == "emission"
    sentence = (
        f"与视频线索（报警 {seen['id']}，video-event，2026-11-02 12:00 至 2026-11-02 12:00）互证"
    )
    assert sentence in found["reason"]
    assert "由“研判”升为“核查”" in found["reason"]
    tasks_ = {row.trigger: row for row in one.tasks()}
    assert set(tasks_) == {"exceedance", "video"}
    task = tasks_["exceedance"]
    assert task.mandatory
    assert (task.start_condition["kind"], task.start_condition["alert"]) == (
        "corroborated",
        found["id"],
    )
    assert "互证" in task.start_condition["text"]
    assert [line.task for line in lines(one.history(), "corroborated")] == sorted(
        row.id for row in one.tasks()
    )


def test_in_english_as_well(store: Store) -> None:
    one = yard(store, language="en")
    one.exceed(10)
    one.see(12)
    found = one.one("exceedance")
    assert "borne out by video (alert" in found["reason"]
    assert "from “screen” to “verify”" in found["reason"]


def test_what_is_to_be_reminded_of_is_looked_at_then(store: Store) -> None:
    one = yard(store, REMIND)
    one.exceed(10)
    one.see(12)
    found = one.one("exceedance")
    assert (found["outcome"], found["task"]) == ("screen", None)
    assert one.one("video-event")["outcome"] == "verify"


@pytest.mark.parametrize(("hour", "agrees"), [(35, True), (36, False), (-14, True), (-15, False)])
def test_the_window_counts_from_span_to_span(store: Store, hour: float, agrees: bool) -> None:
    one = yard(store)
    one.exceed(10)  # until 11:00
    one.see(hour)
    assert (one.one("exceedance")["outcome"] == "verify") is agrees


def test_the_window_is_a_setting_and_so_is_the_whole(store: Store) -> None:
    near = yard(store, scheme=Scheme(window=timedelta(hours=1)))
    near.exceed(10)
    near.see(13)
    assert near.one("exceedance")["outcome"] == "screen"
    off = replace(near, scheme=Scheme(enabled=False))
    off.see(11, DRONE)
    assert off.one("exceedance")["corroborated_by"] == []
    assert off.tasks() == []


def test_two_cameras_are_one_source(store: Store) -> None:
    one = yard(store)
    one.see(10)
    one.see(11)
    assert [row.outcome for row in one.all_alerts()] == ["screen", "screen"]


def test_a_visit_that_is_asked_for_anyway_is_not_lifted_but_lifts(store: Store) -> None:
    one = yard(store, Policy())
    one.exceed(10)
    one.see(12)
    found = one.one("exceedance")
    assert (found["outcome"], "互证" in found["reason"]) == ("verify", False)
    assert [by["before"] for by in found["corroborated_by"]] == ["verify"]
    assert one.one("video-event")["outcome"] == "verify"


def test_what_was_dismissed_neither_lifts_nor_is_lifted(store: Store) -> None:
    one = yard(store)
    one.see(12)
    one.screen(one.one("video-event")["id"], Verdict.DISMISS)
    one.exceed(10)
    assert [shape["corroborated_by"] for shape in one.shapes()] == [[], []]
    assert one.tasks() == []


def test_what_a_person_decided_upon_is_not_lifted_but_lifts(store: Store) -> None:
    one = yard(store)
    one.exceed(10)
    one.screen(one.one("exceedance")["id"], Verdict.REMIND)
    one.see(12)
    assert one.one("exceedance")["outcome"] == "screen"
    assert one.one("video-event")["outcome"] == "verify"


def test_what_only_came_late_takes_no_part_until_something_came_in_time(store: Store) -> None:
    one = yard(store)
    one.exceed(10)
    one.see(12, supplementary=True)
    assert one.one("exceedance")["corroborated_by"] == []
    one.see(12.1)
    assert one.one("exceedance")["outcome"] == one.one("video-event")["outcome"] == "verify"


def test_what_is_too_old_to_act_upon_takes_no_part(store: Store) -> None:
    one = yard(store)
    one.now = START + timedelta(days=70)
    one.exceed(10)
    one.see(12)
    assert [shape["outcome"] for shape in one.shapes()] == ["screen", "screen"]
    assert one.tasks() == []


def test_what_is_nobodys_takes_no_part(store: Store) -> None:
    one = yard(store)
    one.exceed(10)
    one.see(12, "somewhere")
    assert [shape["corroborated_by"] for shape in one.shapes()] == [[], []]


def test_when_what_bore_it_out_is_dismissed_the_task_stays_and_says_so(store: Store) -> None:
    one = yard(store)
    one.exceed(10)
    one.see(12)
    seen = one.one("video-event")
    with pytest.raises(Exception, match="already part of task"):  # somebody goes already
        one.screen(seen["id"], Verdict.DISMISS)
    remind = yard(store, REMIND)
    remind.now += timedelta(days=10)
    remind.empty()
    remind.exceed(10)  # lifted to screen alone
    remind.see(12)
    found, seen = remind.one("exceedance"), remind.one("video-event")
    assert seen["outcome"] == "verify"
    remind.screen(found["id"], Verdict.DISMISS)
    task = seen["task"]
    with store.read() as connection:
        (shaped,) = tasks.shape(connection, [task], ZONE).values()
    assert shaped["state"] == "queued"
    assert shaped["history"][-1]["change"] == "evidence"
    assert f"报警 {found['id']} 不再成立" in shaped["history"][-1]["reason"]
    assert [by["stands"] for by in remind.one("video-event")["corroborated_by"]] == [False]


def test_when_what_bore_it_out_falls_the_task_stays_and_says_so(store: Store) -> None:
    one = yard(store)
    one.exceed(10)
    one.see(12)
    task = one.one("video-event")["task"]
    noon = START + timedelta(hours=12)
    one.mark("CEMS维护", START + timedelta(hours=8), noon, kind=MarkClass.DEVICE)
    one.settle()
    with store.read() as connection:
        (shaped,) = tasks.shape(connection, [task], ZONE).values()
    assert (shaped["state"], one.one("video-event")["outcome"]) == ("queued", "verify")
    said = [line["reason"] for line in shaped["history"] if line["change"] == "evidence"]
    assert any("不再成立" in reason for reason in said)


def test_two_that_come_at_once_see_each_other(store: Store) -> None:
    one = yard(store)
    seen = {"rule": "video-event", "device": None, "mn": None, "pollutant": None, "period": None}

    def waits() -> bool:
        """Whether the second one waits for the first; on SQLite there is one writer anyway."""
        query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        with store.read() as connection:
            return bool(connection.execute(query).scalar())

    with ThreadPoolExecutor(1) as other:
        with store.write() as connection:
            first = alerting(one.desk, connection, one.now)
            first.enter(ALERT | {"start_ms": to_ms(one.now), "end_ms": to_ms(one.now)})
            first.tell()
            second = other.submit(opened, one.desk, seen, at=one.now)
            if store.dialect == "postgresql":
                wait_for(waits)
        second.result()
    assert [shape["outcome"] for shape in one.shapes()] == ["verify", "verify"]


# --- order ----------------------------------------------------------------------------------

EXCEEDING = st.tuples(st.just("exceed"), st.sampled_from(range(0, 120, 6)))
SEEN = st.tuples(st.sampled_from([CAMERA, DRONE]), st.sampled_from(range(0, 120, 3)))


def story(one: Yard) -> list[Any]:
    """What is told of the alerts but for their numbers."""
    shapes = one.shapes()
    names = {s["id"]: (s["rule"], s["source"], s["start"]) for s in shapes}
    return sorted(
        (
            names[s["id"]],
            s["end"],
            s["outcome"],
            "互证" in s["reason"],
            s["task"] is not None,
            sorted((names[by["alert"]], by["before"], by["after"]) for by in s["corroborated_by"]),
        )
        for s in shapes
    )


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_alerts_raise_each_other_in_whatever_order_they_come(
    store: Store, data: st.DataObject
) -> None:
    policy = data.draw(st.sampled_from([SCREEN, REMIND]))
    some = data.draw(st.lists(st.one_of(EXCEEDING, SEEN), min_size=2, max_size=7, unique=True))
    told = []
    for order in (some, data.draw(st.permutations(some))):
        one = yard(store, policy)
        one.empty()
        for what, hour in order:
            if what == "exceed":
                one.exceed(hour)
            else:
                one.see(hour, what)
        told.append(story(one))
    assert told[0] == told[1]
    for one_told in told[0]:  # and each as the scheme says it
        rule, asks = one_told[0][0], one_told[2]
        own = "remind" if policy is REMIND and rule == "exceedance" else "screen"
        assert asks == (lifted(Outcome(own)).value if one_told[5] else own)
