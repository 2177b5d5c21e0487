"""ONVIF cameras on a real broker: states that begin and end, restarts, attacks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.video.onvif import codec, properties
from adapters.video.onvif.problems import PROBLEMS
from adapters.video.onvif.properties import Properties
from adapters.video.onvif.reception import Reception
from monitor.errors import StoreUnavailable
from monitor.store import Store
from monitor.store.tables import held_frames, sightings
from tests.servers import Mosquitto, async_wait_for
from tests.video.kit import NOW, Bench
from tests.video.onvif_kit import TOPIC, config, inside, message, running, say
from tests.video.stored import rows, through

AT = datetime(2026, 8, 1, 4, 50, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, "cameras", now=AT + timedelta(minutes=1))


@pytest.fixture
async def stored(store: Store, bench: Bench) -> AsyncIterator[Bench]:
    async with through(store, bench) as found:
        yield found


def acknowledged(broker: Mosquitto) -> int:
    return broker.log.count("Received PUBACK from offsite-monitor-cameras")


# --- with a broker --------------------------------------------------------------------------------


async def test_messages_are_acknowledged_once_they_are_kept(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    gate = asyncio.Event()
    deliver = bench.deliver

    async def slowly(deliveries: Any) -> None:
        await gate.wait()
        await deliver(deliveries)

    bench.deliver = slowly  # type: ignore[method-assign]
    async with running(bench, mosquitto):
        await say(mosquitto, inside(True), b"<tt:Message/>", b"[" * 5000, inside(False, 50, 30))
        await async_wait_for(lambda: mosquitto.log.count("PUBLISH to offsite-monitor-cameras") == 4)
        assert acknowledged(mosquitto) == 0
        gate.set()
        await async_wait_for(lambda: acknowledged(mosquitto) == 4)
    assert [each.frame.verdict for each in bench.kept] == ["clean", "refused", "refused", "clean"]
    first, last = bench.told
    assert (first.key, first.source, first.end) == (last.key, "yard-cam/1", None)
    assert last.end == AT + timedelta(seconds=30)


async def test_what_lies_at_the_broker_is_a_state_and_no_event(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    await say(mosquitto, inside(True), retain=True)
    async with running(bench, mosquitto):
        await async_wait_for(lambda: bench.kept)
        await say(mosquitto, inside(False, 50, 30), inside(True, 50, 40), retain=True)
        await async_wait_for(lambda: len(bench.kept) == 3)
    assert [event.start for event in bench.told] == [AT + timedelta(seconds=40)]


async def test_a_message_that_is_too_long_is_kept_in_part(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    async with running(bench, mosquitto, max_message=500):
        await say(mosquitto, b" " * 100_000)
        await async_wait_for(lambda: acknowledged(mosquitto) == 1)
    assert (bench.problems, len(bench.frame.raw)) == (["message-too-long"], 500)


async def test_what_the_reader_fails_with_is_kept(
    bench: Bench, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codec, "read", fail)
    async with running(bench, mosquitto):
        await say(mosquitto, inside(True))
        await async_wait_for(lambda: acknowledged(mosquitto) == 1)
    assert bench.problems == ["not-readable"]


# --- restarts, on both databases ------------------------------------------------------------------


async def test_what_began_before_a_restart_ends_after_it(
    store: Store, stored: Bench, mosquitto: Mosquitto
) -> None:
    async with running(stored, mosquitto):
        await say(mosquitto, inside(True))
        await async_wait_for(lambda: rows(store, sightings))
    assert len(rows(store, held_frames)) == 1
    await say(mosquitto, inside(False, 50, 30))  # the broker keeps it for us
    async with running(stored, mosquitto):
        await async_wait_for(lambda: not rows(store, held_frames))
    (event,) = rows(store, sightings)
    assert event.end_ms - event.start_ms == 30_000


async def test_what_the_store_did_not_take_comes_again_and_is_the_same(
    store: Store, stored: Bench, mosquitto: Mosquitto
) -> None:
    deliver, failing = stored.deliver, {1, 2, 4}

    async def sometimes(deliveries: Any) -> None:
        if failing:
            failing.pop()
            raise StoreUnavailable("示例: no answer")
        await deliver(deliveries)

    stored.deliver = sometimes  # type: ignore[method-assign]
    async with running(stored, mosquitto):
        await say(mosquitto, inside(True), inside(False, 50, 30), inside(True, 50, 40))
        await async_wait_for(lambda: len(rows(store, sightings)) == 2)
    assert len(rows(store, held_frames)) == 1
    ends = sorted(row.end_ms is None for row in rows(store, sightings))
    assert ends == [False, True]


# --- properties -----------------------------------------------------------------------------------


def test_said_again_after_a_long_silence_it_is_something_new() -> None:
    known = Properties(timedelta(minutes=1))
    first = known.begins("p", "a", "cam", AT)
    again = known.begins("p", "b", "cam", AT + timedelta(seconds=50))
    late = known.begins("p", "c", "cam", AT + timedelta(minutes=10))
    assert (again.held, again.released) == (None, None)
    assert (late.released, late.held is not None) == (first.held, True)
    ended = known.ends("p", AT + timedelta(minutes=11))
    assert ended is not None
    assert (ended.key, ended.released) == ("c", late.held)


def test_the_same_again_gives_the_same() -> None:
    known = Properties(timedelta(minutes=1))
    assert known.begins("p", "a", "cam", AT) == known.begins("p", "a", "cam", AT)
    over = AT + timedelta(seconds=9)
    assert known.ends("p", over) == known.ends("p", over) is not None


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(properties, "MOST", 50)
    known, held = Properties(timedelta(minutes=1)), set[str]()
    for number in range(500):
        turn = known.begins(f"p{number}", f"k{number}", "cam", AT)
        held |= {turn.held or ""}
        held -= {turn.released or ""}
    assert len(held) == 50


STEPS = st.lists(st.tuples(st.sampled_from("pq"), st.booleans(), st.integers(1, 90)), max_size=12)


@given(STEPS, st.integers(0, 12))
def test_a_restart_changes_nothing(steps: list[tuple[str, bool, int]], at: int) -> None:
    """With what is held, and only that, the turns after a restart are those without one.

    Only how long something was silent is not known any more: said again, it may count as new.
    """

    def run(restart: int | None) -> list[Any]:
        known, held, turns = Properties(timedelta(days=9)), dict[str, None](), []
        for number, (which, state, minutes) in enumerate(steps):
            if number == restart:
                known = Properties(timedelta(days=9))
                known.restore(held)
            when = AT + timedelta(minutes=number * 90 + minutes)
            turn = (
                known.begins(which, str(number), "a|b", when) if state else known.ends(which, when)
            )
            if turn is not None:
                held |= {turn.held: None} if turn.held else {}
                held.pop(turn.released or "", None)
            turns.append(turn and (turn.key, turn.source, turn.start, turn.end))
        return turns

    assert run(None) == run(at)


# --- any bytes, any settings ----------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["UtcTime", "Source", "Data", "SimpleItem", "Name", "Value", "State"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
LEVELS = st.sampled_from(["onvif-ej", "yard", "tns1:RuleEngine", "&1", "", "\0", "料场", "&"])


@given(
    st.lists(LEVELS, max_size=7).map("/".join) | st.just(TOPIC),
    JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100),
)
def test_no_message_makes_it_fail(topic: str, payload: bytes) -> None:
    reception = Reception(config(), Bench(Path("unused")).context())
    (delivery,) = reception.hear(message(payload, topic))
    assert set(delivery.frame.problems) <= set(PROBLEMS) - {"not-readable"}
    for event in delivery.events:
        assert event.start <= NOW + timedelta(hours=1)
        shown = [event.key, event.source, event.label, event.details]
        json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"url": "http://broker"}, "mqtt://host"),
        ({"topics": []}, "topics"),
        ({"topics": ["a/#/b"]}, "at the end"),
        ({"share": "g"}, "share"),
        ({"backlog_seconds": 0}, "backlog_seconds"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        config(**wrong)
