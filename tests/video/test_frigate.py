"""Frigate on a real broker and a real server: what is told, what was missed, pictures, attacks."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import pauses
from adapters.video import access, polling
from adapters.video.frigate import api, codec
from adapters.video.frigate.problems import PROBLEMS
from monitor.adapter import Delivery
from monitor.errors import StoreUnavailable
from monitor.store import Store
from monitor.store.tables import sighting_files, sightings
from tests.mqtt.kit import publish
from tests.pictures import photo
from tests.servers import Mosquitto, async_wait_for
from tests.video.frigate_kit import (
    AT,
    OBJECT,
    PHOTO,
    REVIEW,
    Recorder,
    config,
    review,
    running,
    told,
    tracked,
)
from tests.video.kit import NOW, Bench
from tests.video.pictures import of_size
from tests.video.platform import HTML, Asked, Says
from tests.video.stored import rows, through

SNAPSHOT = f"/api/events/{OBJECT}/snapshot.jpg"
HASTY = {"picture_pauses": [0.01, 0.01]}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(pauses, "FIRST", 0.01)
    monkeypatch.setattr(pauses, "LONGEST", 0.02)
    monkeypatch.setattr(polling, "REFUSED", 0.02)
    return Bench(tmp_path, "recorder")


def acknowledged(broker: Mosquitto) -> int:
    return broker.log.count("Received PUBACK from offsite-monitor-recorder")


async def say(broker: Mosquitto, payload: bytes, topic: str = "reviews", **how: Any) -> None:
    await publish(broker, [payload], f"frigate/{topic}", **how)


# --- over MQTT ------------------------------------------------------------------------------------


async def test_messages_are_acknowledged_once_they_are_kept(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    gate = asyncio.Event()
    deliver = bench.deliver

    async def slowly(deliveries: Any) -> None:
        await gate.wait()
        await deliver(deliveries)

    bench.deliver = slowly  # type: ignore[method-assign]
    async with running(bench, mosquitto) as adapter:
        await say(mosquitto, told(review()))
        await say(mosquitto, b"<not json>", "events")
        await async_wait_for(
            lambda: adapter.status()["waiting"] or "PUBLISH to offsite" in mosquitto.log
        )
        assert acknowledged(mosquitto) == 0
        gate.set()
        await async_wait_for(lambda: acknowledged(mosquitto) == 2)
    assert [each.frame.verdict for each in bench.kept] == ["clean", "refused"]
    assert [event.key for event in bench.told] == [REVIEW]
    assert bench.problems == ["not-json"]


async def test_without_guarantee_it_is_taken_and_said_so(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    async with running(bench, mosquitto):
        await say(mosquitto, told(review()), qos=0)
        await async_wait_for(lambda: bench.kept)
    assert "qos 0" in bench.frame.note


async def test_what_is_over_is_never_taken_back(bench: Bench, mosquitto: Mosquitto) -> None:
    over = review(end_time=AT + 30)
    async with running(bench, mosquitto):
        for payload in (told(review()), told(over, "end"), told(review(), "update")):
            await say(mosquitto, payload)
        await async_wait_for(lambda: len(bench.kept) == 3)
    assert [event.end is None for event in bench.told] == [True, False]
    assert {event.key for event in bench.told} == {REVIEW}


async def test_a_picture_that_lies_at_the_broker_is_no_event(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    """Retained messages are of the past; snapshots as messages are not asked for at all."""
    await say(mosquitto, PHOTO, "yard_gate/truck/snapshot", retain=True)
    await say(mosquitto, told(review()), retain=True)
    await say(mosquitto, b"online", "available", retain=True)
    async with running(bench, mosquitto) as adapter:
        await async_wait_for(lambda: len(bench.kept) == 2)
        assert adapter.status()["online"] is True
    assert bench.told == []


# --- pictures -------------------------------------------------------------------------------------


async def test_a_picture_that_comes_later_is_a_later_message_of_the_same_event(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    recorder = Recorder()
    async with running(bench, mosquitto, recorder, picture_pauses=[0.01] * 20) as adapter:
        await say(mosquitto, told(tracked()), "events")
        await async_wait_for(lambda: len(recorder.platform.paths(SNAPSHOT)) > 2)
        recorder.snapshots[SNAPSHOT] = PHOTO
        await async_wait_for(lambda: len(bench.told) == 2)
        first, later = bench.told
        assert (first.key, first.pictures) == (OBJECT, ())
        assert (later.key, later.source, later.pictures[0].name) == (OBJECT, "", f"{OBJECT}.jpg")
        assert later.pictures[0].file.path.read_bytes() == PHOTO
        assert adapter.status()["pictures"] == {"waiting": 0, "had": 1, "missing": 0}
    assert b"image/jpeg" in bench.frame.raw


async def test_a_picture_that_never_comes_is_said_to_be_missing(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    recorder = Recorder()
    async with running(bench, mosquitto, recorder, **HASTY):
        await say(mosquitto, told(review()))
        await async_wait_for(lambda: "picture-missing" in bench.problems)
    assert len(recorder.platform.paths(SNAPSHOT)) == 3


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>no picture</html>", "picture-unfit"),
        (PHOTO[:200], "picture-unfit"),
        (b"%PDF-1.7\n%%EOF\n", "picture-unfit"),
        (of_size(30_000, 30_000), "picture-too-large"),
        (photo() * 3, "picture-missing"),  # over max_picture: never read to its end
    ],
    ids=["page", "cut", "document", "pixels", "bytes"],
)
async def test_what_is_no_picture_to_keep_is_refused_by_name(
    bench: Bench, mosquitto: Mosquitto, body: bytes, problem: str
) -> None:
    recorder = Recorder(snapshots={SNAPSHOT: body})
    async with running(bench, mosquitto, recorder, max_picture=10_000, **HASTY):
        await say(mosquitto, told(review()))
        await async_wait_for(lambda: bench.problems)
    assert bench.problems == [problem]
    assert all(not event.pictures for event in bench.told)


async def test_nothing_is_asked_for_but_snapshots_at_the_address_that_is_configured(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    data = {"detections": ["../../login", "http://10.0.0.1/x", OBJECT], "objects": ["truck"]}
    moved = Says(status=302, headers={"Location": "http://169.254.169.254/"})
    recorder = Recorder(says=lambda asked: moved if asked.path == SNAPSHOT else None)
    async with running(bench, mosquitto, recorder, **HASTY):
        await say(mosquitto, told(review(data=data, thumb_path="http://10.0.0.1/thumb.webp")))
        await async_wait_for(lambda: bench.problems)
    paths = {asked.path for asked in recorder.platform.asked}
    assert paths == {"/api/review", "/api/events", SNAPSHOT}
    assert (bench.fetched, bench.problems) == ([], ["picture-missing"])


# --- what was missed ------------------------------------------------------------------------------


async def test_what_was_missed_is_asked_for_and_raises_no_alarm_of_now(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    old = review(id="1785550000.000000-old111", start_time=AT - 7200, end_time=AT - 7100)
    recorder = Recorder(reviews=[old, review()], events=[tracked()])
    async with running(bench, mosquitto, recorder, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        await async_wait_for(lambda: len(bench.told) == 3)
        assert adapter.status()["missed"]["read_until"] == NOW
    late = {event.key: event.supplementary for event in bench.told}
    assert late == {old["id"]: True, REVIEW: False, OBJECT: False}
    asked = recorder.platform.paths("/api/events")[0]
    assert asked.params["include_thumbnails"] == "0"


async def test_it_asks_again_when_frigate_is_back(bench: Bench, mosquitto: Mosquitto) -> None:
    recorder = Recorder()
    async with running(bench, mosquitto, recorder) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        await say(mosquitto, b"offline", "available")
        await async_wait_for(lambda: adapter.status()["online"] is False)
        recorder.reviews.append(review())
        await say(mosquitto, b"online", "available")
        await async_wait_for(lambda: bench.told)
    assert bench.told[0].key == REVIEW


async def test_it_asks_again_when_the_broker_is_back(bench: Bench, mosquitto: Mosquitto) -> None:
    recorder = Recorder()
    async with running(bench, mosquitto, recorder) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        await asyncio.to_thread(mosquitto.kill)
        await async_wait_for(lambda: not adapter.status()["ready"])
        recorder.reviews.append(review())
        await asyncio.to_thread(mosquitto.start)
        await async_wait_for(lambda: bench.told)


async def test_the_same_again_says_nothing_new(bench: Bench, mosquitto: Mosquitto) -> None:
    recorder = Recorder(reviews=[review()], snapshots={SNAPSHOT: PHOTO})
    async with running(bench, mosquitto, recorder, take=["reviews"]) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        asked = len(recorder.platform.paths("/api/review"))
        adapter._missed()
        await async_wait_for(lambda: len(recorder.platform.paths("/api/review")) > asked)
        await async_wait_for(lambda: adapter.status()["pictures"]["had"] == 1)
    assert [event.source for event in bench.told] == ["yard_gate", ""]


async def test_more_than_one_answer_holds_is_asked_for_in_halves(
    bench: Bench, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST", 5)
    rows = [review(id=f"1785550{n:03}.5-abc{n}", start_time=AT - 100 * n) for n in range(40)]
    recorder = Recorder(reviews=rows)
    async with running(bench, mosquitto, recorder, take=["reviews"], max_pictures=0):
        await async_wait_for(lambda: len(bench.told) == 40)
    assert {event.key for event in bench.told} == {row["id"] for row in rows}
    assert bench.problems == []


async def test_what_is_too_large_together_is_asked_for_in_halves(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    """Answers have the paths of objects, of hundreds of points each; events have not."""
    path = {"path_data": [[[0.5, 0.5], AT]] * 1000, "score": 0.8}
    objects = [
        tracked(
            id=f"1785550{n:03}.5-abc{n}", start_time=AT - 100 * n, has_snapshot=False, data=path
        )
        for n in range(20)
    ]
    recorder = Recorder(events=objects)
    limits: dict[str, Any] = {"take": ["events"], "max_answer": 200_000}
    async with running(bench, mosquitto, recorder, **limits):
        await async_wait_for(lambda: len(bench.told) == 20)
    assert bench.problems == []


async def test_more_than_one_answer_holds_within_a_minute_is_said(
    bench: Bench, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST", 5)
    recorder = Recorder(reviews=[review(id=f"178555{n:04}.5-abc{n}") for n in range(40)])
    async with running(bench, mosquitto, recorder, take=["reviews"], max_pictures=0) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    assert "too-many-events" in bench.problems


# --- a server that is not well --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (HTML, "/api/review answers 502"),
        (Says(b"x" * 5000), "more than 2000 bytes"),
        (Says(b"[" * 1000, endless=True), "more than 2000 bytes"),
        (Says(hangs=True), "no whole answer within 0.3 seconds"),
        (Says(status=302, headers={"Location": "http://10.0.0.1/"}), "answers 302"),
        (Says(b"<html>hello</html>"), "cannot be read: not-json"),
        (Says(b'[{"a":' * 100), "cannot be read: not-json"),
        (Says(b"[" * 900 + b"]" * 900), "cannot be read: too-nested"),
    ],
    ids=["page", "huge", "endless", "slow", "moved", "html", "cut", "deep"],
)
async def test_an_answer_that_is_none_is_told_and_asked_again(
    bench: Bench,
    mosquitto: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    answer: Says,
    trouble: str,
) -> None:
    well = False

    def instead(asked: Asked) -> Says | None:
        return None if well else answer

    recorder = Recorder(reviews=[review()], says=instead)
    monkeypatch.setattr(polling, "_SHORTEST", timedelta(days=9))  # no halves
    limits = {"max_answer": 2000, "answer_within": 0.3, "take": ["reviews"], "max_pictures": 0}
    async with running(bench, mosquitto, recorder, **limits) as adapter:
        await async_wait_for(lambda: len(recorder.platform.asked) > 2)
        assert not adapter.status()["ready"]
        assert trouble in adapter.status()["trouble"]
        assert await bench.had() == []
        well = True
        await async_wait_for(lambda: bench.told)
        await async_wait_for(lambda: adapter.status()["ready"])
        assert adapter.status()["trouble"] is None


async def test_a_large_answer_does_not_stop_everything_else(
    bench: Bench, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, answer = set[threading.Thread](), codec.answer

    def reading_answer(*given: Any) -> codec.Read:
        threads.add(threading.current_thread())
        return answer(*given)

    monkeypatch.setattr(codec, "answer", reading_answer)
    async with running(bench, mosquitto, Recorder(reviews=[review()]), **HASTY):
        await async_wait_for(lambda: bench.told)
    assert threads
    assert threading.current_thread() not in threads


async def test_who_has_to_log_in_does_so_again_when_the_token_has_run_out(
    bench: Bench, mosquitto: Mosquitto
) -> None:
    recorder = Recorder(password="s3cret", snapshots={SNAPSHOT: PHOTO})
    login = {"api_username": "monitor", "api_password": "s3cret"}
    async with running(bench, mosquitto, recorder, **login, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        recorder.tokens.clear()
        await say(mosquitto, told(review()))
        await async_wait_for(lambda: len(bench.told) == 2)
    assert len(recorder.platform.paths("/api/login")) == 2


async def test_a_refused_password_is_not_tried_again_at_once(
    bench: Bench, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REFUSED", 1000.0)
    recorder = Recorder(password="s3cret")
    login = {"api_username": "monitor", "api_password": "wrong"}
    async with running(bench, mosquitto, recorder, **login, **HASTY) as adapter:
        await say(mosquitto, told(review()))
        await async_wait_for(lambda: "picture-missing" in bench.problems)
        assert "refuse" in adapter.status()["trouble"]
    assert len(recorder.platform.paths("/api/login")) == 1


# --- restarts, on both databases ------------------------------------------------------------------


@pytest.fixture
async def stored(store: Store, bench: Bench) -> AsyncIterator[Bench]:
    async with through(store, bench) as found:
        yield found


async def test_after_a_restart_it_asks_from_where_the_stored_data_end(
    store: Store, stored: Bench, mosquitto: Mosquitto
) -> None:
    recorder = Recorder(reviews=[review()])
    settings = {"take": ["reviews"], "overlap_seconds": 600, **HASTY}
    async with running(stored, mosquitto, recorder, **settings) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    later = review(id="1785562000.5-later1", start_time=AT + 1800, end_time=AT + 1900)
    recorder.reviews.append(later)
    recorder.snapshots[SNAPSHOT] = PHOTO
    stored.now = NOW + timedelta(hours=1)
    recorder.platform.asked.clear()
    async with running(stored, mosquitto, recorder, **settings):
        await async_wait_for(lambda: len(rows(store, sighting_files)) == 2)
    first = recorder.platform.paths("/api/review")[0]
    assert float(first.params["after"]) == NOW.timestamp() - 600
    found = {row.key: (row.supplementary, row.source) for row in rows(store, sightings)}
    assert found == {REVIEW: (False, "yard_gate"), later["id"]: (True, "yard_gate")}


async def test_what_the_store_does_not_take_is_not_lost(
    store: Store, stored: Bench, mosquitto: Mosquitto
) -> None:
    deliver, failures = stored.deliver, 3

    async def failing(deliveries: list[Delivery]) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailable("示例: no answer")
        await deliver(deliveries)

    stored.deliver = failing  # type: ignore[method-assign]
    recorder = Recorder(events=[tracked()], snapshots={SNAPSHOT: PHOTO})
    async with running(stored, mosquitto, recorder, **HASTY):
        await say(mosquitto, told(review()))
        await async_wait_for(lambda: len(rows(store, sighting_files)) == 2)
    assert {row.key for row in rows(store, sightings)} == {REVIEW, OBJECT}


# --- any bytes, any settings ----------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*review(), *tracked(), "data", "score", "objects"]), inner, max_size=6
        )
    ),
    max_leaves=20,
)
LIES = st.dictionaries(st.sampled_from([*review(), *tracked(), "sub_label"]), JSON, max_size=4)


@given(LIES.map(lambda lies: told(review(**lies))) | st.binary(max_size=100))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    for read in (
        codec.message(body, "reviews", NOW),
        codec.message(body, "events", NOW),
        codec.answer(b"[%b]" % body, "events", NOW),
    ):
        assert set(read.problems) <= set(PROBLEMS)
        for seen in read.seen:
            assert seen.start <= NOW + timedelta(hours=1)
            json.dumps([seen.details, seen.label, seen.camera], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"url": "http://broker"}, "mqtt://host"),
        ({"topic_prefix": "frigate/#"}, "topic"),
        ({"topic_prefix": ""}, "topic"),
        ({"take": []}, "take"),
        ({"take": ["clips"]}, "take"),
        ({"api": "10.1.2.5:5000"}, "http://"),
        ({"api_username": "u", "api_password": "p"}, "only with api"),
        ({"api": "http://10.1.2.5", "api_username": "u"}, "belong together"),
        ({"api": "http://10.1.2.5", "api_ca_file": __file__}, "only for https"),
        ({"picture_pauses": [0]}, "picture_pauses"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        config(**wrong)


def test_passwords_never_show() -> None:
    given = {"api": "http://10.1.2.5", "api_username": "u", "api_password": "hunter2"}
    assert "hunter2" not in repr(config(**given, username="u", password="hunter2"))
