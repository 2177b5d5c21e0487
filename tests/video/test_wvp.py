"""WVP as a real server: what is asked for, what it comes to, restarts, pictures, attacks."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from adapters import pauses
from adapters.video import access, polling
from adapters.video.frigate.config import Config as FrigateConfig
from adapters.video.wvp import Adapter, api, codec
from adapters.video.wvp.config import Config as WvpConfig
from adapters.video.wvp.problems import PROBLEMS
from monitor.errors import MediaFull
from monitor.event import Datum
from monitor.store import Store
from monitor.store.tables import frame_log, held_frames, sighting_files, sightings
from tests.hj212.frames import ZONE
from tests.pictures import photo
from tests.servers import async_wait_for
from tests.video.kit import NOW, Bench
from tests.video.pictures import of_size
from tests.video.platform import HTML, Asked, Says, open_for, says
from tests.video.stored import rows, through
from tests.video.streaming import reading
from tests.video.wvp_kit import AT, CHANNEL, LOGIN, PHOTO, Wvp, config, instant, key, row, running

SNAP = "/api/alarm/snap/1"
HASTY = {"picture_pauses": [0.01, 0.01]}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(pauses, "FIRST", 0.01)
    monkeypatch.setattr(pauses, "LONGEST", 0.02)
    monkeypatch.setattr(polling, "REFUSED", 0.02)
    return Bench(tmp_path, "platform")


# --- what is asked for ----------------------------------------------------------------------------


async def test_alarms_become_events_of_their_channels(bench: Bench) -> None:
    wvp = Wvp([row()])
    async with running(bench, wvp, **HASTY) as adapter:
        assert not adapter.status()["ready"]
        await async_wait_for(lambda: bench.told)
        await async_wait_for(lambda: adapter.status()["ready"])
        assert adapter.status()["frames"] == {"clean": 1}
    (event,) = bench.told
    assert (event.key, event.source, event.supplementary) == (key(row()), CHANNEL, False)
    assert adapter.door is None
    login, asked, *_ = wvp.platform.asked
    assert login.path == "/api/user/login"
    assert asked.params == {
        "page": "1",
        "count": "100",
        "beginTime": "2026-07-31 12:50:00",  # a day and ten minutes ago, in Beijing
        "endTime": "2026-08-01 14:00:00",
    }


async def test_only_the_types_that_are_wanted_are_asked_for(bench: Bench) -> None:
    wvp = Wvp([row(1), row(2, alarmType="MobileDetection")], api_key="eyJ.key")
    wanted = ["MobileDetection", "SceneChange"]
    async with running(bench, wvp, alarm_types=wanted, api_key="eyJ.key", **HASTY):
        await async_wait_for(lambda: bench.told)
    assert [event.label for event in bench.told] == ["MobileDetection"]
    assert not wvp.platform.paths("/api/user/login")


async def test_all_pages_are_read_and_the_time_moves_with_the_last(bench: Bench) -> None:
    wvp = Wvp([row(number) for number in range(25)])
    async with running(bench, wvp, page_size=10, picture_pauses=[]) as adapter:
        await async_wait_for(lambda: adapter.status()["read_until"])
    assert {event.key for event in bench.told} == {key(each) for each in wvp.rows}
    assert [each.held is not None for each in bench.kept[:3]] == [False, False, True]


async def test_the_spans_overlap_and_what_is_known_is_not_told_again(bench: Bench) -> None:
    wvp = Wvp([row()])
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        late = row(2, alarmTime=AT - 300_000)  # its device's clock is behind
        wvp.rows.append(late)
        adapter._inquiry.hurry()
        await async_wait_for(lambda: len(bench.told) == 2)
    assert bench.told[1].key == key(late)
    assert wvp.lists[1].params["beginTime"] == "2026-08-01 12:50:00"


async def test_of_answers_that_say_nothing_new_one_is_kept_now_and_then(bench: Bench) -> None:
    wvp = Wvp()
    async with running(bench, wvp, **HASTY) as adapter:
        for number in range(1, 4):
            await async_wait_for(lambda: len(wvp.lists) == number)  # noqa: B023 - within the loop
            await async_wait_for(lambda: adapter.status()["read_until"])
            adapter._inquiry.hurry()
        assert len(bench.kept) == 1
        bench.now += timedelta(seconds=61)
        adapter._inquiry.hurry()
        await async_wait_for(lambda: len(bench.kept) == 2)
    assert [each.frame.note for each in bench.kept] == ["nothing new", "nothing new"]
    assert len(await bench.had()) == 1


async def test_after_an_outage_day_after_day_is_made_up_for(bench: Bench) -> None:
    days = [row(n, alarmTime=AT - n * 86_400_000) for n in range(5)]
    wvp = Wvp(days)
    async with running(bench, wvp, lookback_hours=96, **HASTY) as adapter:
        await async_wait_for(lambda: len(bench.told) == 5)
        await async_wait_for(lambda: adapter.status()["read_until"] == NOW)
    late = {event.key: event.supplementary for event in bench.told}
    assert late == {key(each): each is not days[0] for each in days}
    assert len(wvp.lists) >= 2


async def test_a_span_with_too_much_is_asked_for_in_halves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_PAGES", 2)
    rows = [row(n, alarmTime=AT - n * 100_000) for n in range(60)]
    wvp = Wvp(rows)
    async with running(bench, wvp, page_size=5, picture_pauses=[]) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    assert {event.key for event in bench.told} == {key(each) for each in rows}
    assert bench.problems == []


async def test_what_is_too_much_within_a_minute_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_PAGES", 2)
    wvp = Wvp([row(n, alarmTime=AT + n) for n in range(60)])
    async with running(bench, wvp, page_size=5, picture_pauses=[]) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    assert "too-many-alarms" in bench.problems


# --- pictures -------------------------------------------------------------------------------------


async def test_a_picture_that_comes_later_is_a_later_message_of_the_same_event(
    bench: Bench,
) -> None:
    wvp = Wvp([row()])
    async with running(bench, wvp, picture_pauses=[0.01] * 20) as adapter:
        await async_wait_for(lambda: len(wvp.platform.paths(SNAP)) > 2)
        wvp.snaps[SNAP] = PHOTO
        await async_wait_for(lambda: len(bench.told) == 2)
        assert adapter.status()["pictures"] == {"waiting": 0, "had": 1, "missing": 0}
    later = bench.told[1]
    assert (later.key, later.source) == (key(row()), "")
    assert later.pictures[0].file.path.read_bytes() == PHOTO


async def test_a_picture_is_missing_only_where_there_should_be_one(bench: Bench) -> None:
    wvp = Wvp([row(1), row(2, snapPath="/opt/wvp/snap/2.jpg")])
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: bench.problems)
        await async_wait_for(lambda: len(wvp.platform.paths(SNAP)) == 3)
        await async_wait_for(lambda: not adapter.status()["pictures"]["waiting"])
    assert bench.problems == ["picture-missing"]
    assert bench.frame.note == f"picture of {key(row(2))}"


async def test_a_picture_for_which_there_is_no_room_is_asked_for_again(bench: Bench) -> None:
    wvp = Wvp([row()], snaps={SNAP: PHOTO})
    bench.media_error = MediaFull("示例: the disk is full")
    with structlog.testing.capture_logs() as logs:
        async with running(bench, wvp, **HASTY) as adapter:
            await async_wait_for(lambda: len(wvp.platform.paths(SNAP)) > 6)  # more than attempts
            assert adapter.status()["pictures"]["missing"] == 0
            bench.media_error = None
            await async_wait_for(lambda: len(bench.told) == 2)
            assert adapter.status()["pictures"] == {"waiting": 0, "had": 1, "missing": 0}
    assert bench.problems == []
    assert [entry["event"] for entry in logs].count("pictures wait") == 1


def test_a_restart_forgets_no_attempt() -> None:
    """With the settings as they are; each attempt takes its time, too."""
    for settings in (WvpConfig, FrigateConfig):
        fields = settings.model_fields
        last = sum(fields["picture_pauses"].default)
        attempts = len(fields["picture_pauses"].default) + 1
        slowest = last + attempts * fields["answer_within"].default
        assert slowest < fields["overlap_seconds"].default


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Says(b"<html>no picture</html>"), "picture-unfit"),
        (Says(of_size(30_000, 30_000)), "picture-too-large"),
        (Says(photo() * 3), "picture-missing"),
        (Says(PHOTO, endless=True), "picture-missing"),
        (Says(hangs=True), "picture-missing"),
        (Says(status=302, headers={"Location": "http://169.254.169.254/"}), "picture-missing"),
        (HTML, "picture-missing"),
    ],
    ids=["page", "pixels", "bytes", "endless", "slow", "moved", "gone"],
)
async def test_what_is_no_picture_to_keep_is_refused_by_name(
    bench: Bench, answer: Says, problem: str
) -> None:
    """Nor is anything else asked for than what the platform has under its own number of the alarm."""
    alarm = row(snapPath="http://169.254.169.254/latest", recordPath="file:///etc/passwd")
    wvp = Wvp([alarm], says=lambda asked: answer if asked.path == SNAP else None)
    limits = {"max_picture": 10_000, "answer_within": 0.3, "picture_pauses": [0.01]}
    async with running(bench, wvp, **limits):
        await async_wait_for(lambda: bench.problems)
    assert bench.problems == [problem]
    paths = {asked.path for asked in wvp.platform.asked}
    assert paths == {"/api/user/login", "/api/alarm/list", SNAP}
    assert bench.fetched == []


# --- a platform that is not well ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "trouble", "kept"),
    [
        (HTML, "/api/alarm/list answers 502", []),
        (Says(b"x" * 5000), "more than 2000 bytes", []),
        (Says(b"[" * 1000, endless=True), "more than 2000 bytes", []),
        (Says(hangs=True), "no whole answer within 0.3 seconds", []),
        (Says(status=302, headers={"Location": "http://10.0.0.1/"}), "answers 302", []),
        (Says(b"<html>hello</html>"), "not-json", ["not-json"]),
        (says({"code": 100, "msg": "失败"}), "100 失败", ["no-list"]),
        (Says(b"[" * 900 + b"]" * 900), "too-nested", ["too-nested"]),
        (Says(b'{"data":{"list":9}}'), "no-list", ["no-list"]),
    ],
    ids=["page", "huge", "endless", "slow", "moved", "html", "code", "deep", "lie"],
)
async def test_an_answer_that_is_none_is_told_kept_and_asked_again(
    bench: Bench, answer: Says, trouble: str, kept: list[str]
) -> None:
    well = False
    wvp = Wvp([row()], says=lambda asked: None if well or "list" not in asked.path else answer)
    async with running(bench, wvp, max_answer=2000, answer_within=0.3, **HASTY) as adapter:
        await async_wait_for(lambda: len(wvp.lists) > 2)
        assert not adapter.status()["ready"]
        assert trouble in adapter.status()["trouble"]
        assert list(dict.fromkeys(bench.problems)) == kept
        assert await bench.had() == []
        well = True
        await async_wait_for(lambda: bench.told)
        await async_wait_for(lambda: adapter.status()["trouble"] is None)


def bad(at: int) -> Callable[[Asked], Says | None]:
    """WVP fails with a record of this time, in whatever list it is."""

    def says_no(asked: Asked) -> Says | None:
        if "list" not in asked.path:
            return None
        first, last = (instant(asked.params[name]) for name in ("beginTime", "endTime"))
        return says({"code": 100, "msg": "失败"}) if first <= at <= last else None

    return says_no


async def test_one_bad_record_does_not_stop_the_feed(bench: Bench) -> None:
    hour = 3_600_000
    before, after = row(1, alarmTime=AT - 9 * hour), row(2, alarmTime=AT - hour)
    wvp = Wvp([before, after], says=bad(AT - 5 * hour))
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: len(bench.told) == 2)  # what follows does not wait
        assert adapter.status()["read_until"] < NOW - timedelta(hours=4)
        await async_wait_for(lambda: adapter.status()["read_until"] == NOW)
        await async_wait_for(lambda: adapter.status()["trouble"] is None)
    given_up = [each for each in bench.kept if "span-given-up" in each.frame.problems]
    assert 1 <= len(given_up) <= 2  # seconds that two spans share
    for each in given_up:
        first, last = (datetime.fromisoformat(at) for at in each.frame.note.split(" to "))
        assert last - first <= timedelta(minutes=1)
        assert abs(first.timestamp() * 1000 - (AT - 5 * hour)) < 61_000
        assert each.frame.peer.startswith("http://127.0.0.1")
        assert "100 失败" in each.frame.raw.decode()
    ((until, _),) = await bench.had()
    assert until >= "until/2026-07-31T23:59:00"  # the frame has moved it


async def test_what_is_answered_after_all_is_not_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = row(1, alarmTime=AT - 120_000)
    wvp = Wvp([late], says=bad(late["alarmTime"]))
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: adapter._inquiry._poller._bad)
        wvp.says = lambda _: None
        await async_wait_for(lambda: bench.told)
        await async_wait_for(lambda: adapter.status()["trouble"] is None)
        assert adapter._inquiry._poller._bad == []
    assert "span-given-up" not in bench.problems


async def test_what_was_given_up_is_still_asked_for_as_long_as_spans_overlap(bench: Bench) -> None:
    late = row(1, alarmTime=AT - 120_000)
    wvp = Wvp([late], says=bad(late["alarmTime"]))
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        assert "span-given-up" in bench.problems
        said = len(bench.problems)
        adapter._inquiry.hurry()
        await async_wait_for(lambda: len(bench.problems) > said)
        assert adapter.status()["ready"]
        wvp.says = lambda _: None
        adapter._inquiry.hurry()
        await async_wait_for(lambda: bench.told)
    assert bench.problems.count("span-given-up") <= 2


async def test_while_nothing_is_answered_nothing_is_given_up(bench: Bench) -> None:
    well = False
    wvp = Wvp([row()], says=lambda asked: None if well or "list" not in asked.path else HTML)
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: len(wvp.lists) > 40)
        assert (bench.kept, adapter.status()["read_until"]) == ([], None)
        well = True
        await async_wait_for(lambda: bench.told)
    assert bench.problems == []


async def test_a_day_of_bad_records_is_asked_for_in_bounded_rounds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_AT_ONCE", 3)
    wvp = Wvp([row()])
    first, last = AT - 1_800_000, AT - 900_000

    def says_no(asked: Asked) -> Says | None:
        if "list" not in asked.path:
            return None
        begin, end = (instant(asked.params[name]) for name in ("beginTime", "endTime"))
        return HTML if begin < last and end > first else None

    wvp.says = says_no
    async with running(bench, wvp, lookback_hours=1, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["read_until"] == NOW, 60)
        await async_wait_for(lambda: bench.told)
    assert bench.problems.count("span-given-up") >= 15


async def test_a_large_answer_does_not_stop_everything_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, page = set[threading.Thread](), codec.page

    def reading_page(*given: Any) -> codec.Read:
        threads.add(threading.current_thread())
        return page(*given)

    monkeypatch.setattr(codec, "page", reading_page)
    async with running(bench, Wvp([row()]), **HASTY):
        await async_wait_for(lambda: bench.told)
    assert threads
    assert threading.current_thread() not in threads


async def test_a_token_that_has_run_out_is_had_anew(bench: Bench) -> None:
    wvp = Wvp()
    async with running(bench, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        wvp.tokens.clear()
        wvp.rows.append(row())
        adapter._inquiry.hurry()
        await async_wait_for(lambda: bench.told)
    assert len(wvp.platform.paths("/api/user/login")) == 2


@pytest.mark.parametrize(
    "login", [{**LOGIN, "password": "wrong"}, {"api_key": "wrong"}], ids=["password", "key"]
)
async def test_who_is_refused_does_not_try_again_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, login: dict[str, str]
) -> None:
    monkeypatch.setattr(access, "REFUSED", 1000.0)
    wvp = Wvp([row()])
    async with running(bench, wvp, **login) as adapter:
        await async_wait_for(lambda: "just now" in (adapter.status()["trouble"] or ""))
        assert not adapter.status()["ready"]
    assert len(wvp.platform.asked) == 1


async def test_a_fault_between_answer_and_store_loses_nothing(bench: Bench) -> None:
    """The supervisor runs the adapter again; what it was telling is told again."""
    deliver = bench.deliver

    async def fail(_: Any) -> None:
        raise ZeroDivisionError

    wvp = Wvp([row()], snaps={SNAP: PHOTO})
    async with open_for(wvp.platform) as url:
        adapter = Adapter(
            config(url=url, **HASTY), bench.context(deliver=lambda d: bench.deliver(d))
        )
        bench.deliver = fail  # type: ignore[method-assign]
        with pytest.raises(ZeroDivisionError):
            await adapter.run()
        bench.deliver = deliver  # type: ignore[method-assign]
        async with reading(adapter):
            await async_wait_for(lambda: len(bench.told) == 2)
    assert [event.key for event in bench.told] == [key(row())] * 2


# --- restarts, on both databases ------------------------------------------------------------------


@pytest.fixture
async def stored(store: Store, bench: Bench) -> AsyncIterator[Bench]:
    async with through(store, bench) as found:
        yield found


async def test_after_a_restart_it_asks_from_where_the_stored_data_end(
    store: Store, stored: Bench
) -> None:
    wvp = Wvp([row()])
    for hours in (0, 3):
        stored.now = NOW + timedelta(hours=hours)
        wvp.platform.asked.clear()
        async with running(stored, wvp, **HASTY) as adapter:
            await async_wait_for(lambda: adapter.status()["ready"])
        wvp.rows.append(row(2, alarmTime=AT + 3_600_000))
        wvp.snaps = {SNAP: PHOTO}
    assert wvp.lists[0].params["beginTime"] == "2026-08-01 12:50:00"
    assert {each.key: each.supplementary for each in rows(store, sightings)} == {
        key(row()): False,
        key(row(2, alarmTime=AT + 3_600_000)): True,
    }
    assert [each.key for each in rows(store, held_frames)] == ["until/2026-08-01T08:00:00+00:00"]


async def test_a_picture_that_was_not_there_before_a_restart_is_had_after_it(
    store: Store, stored: Bench
) -> None:
    wvp = Wvp([row()])
    async with running(stored, wvp, **HASTY) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    wvp.snaps[SNAP] = PHOTO
    async with running(stored, wvp, **HASTY):
        await async_wait_for(lambda: rows(store, sighting_files))
    assert len(rows(store, sightings)) == 1


async def test_killed_between_two_pages_it_begins_again(store: Store, stored: Bench) -> None:
    wvp = Wvp([row(number) for number in range(20)])
    second = Says(hangs=True)
    wvp.says = lambda asked: second if asked.params.get("page") == "2" else None
    async with running(stored, wvp, page_size=10, picture_pauses=[]):
        await async_wait_for(lambda: len(wvp.lists) == 2)
    assert (len(rows(store, sightings)), rows(store, held_frames)) == (10, [])
    wvp.says = lambda _: None
    async with running(stored, wvp, page_size=10, picture_pauses=[]):
        await async_wait_for(lambda: len(rows(store, sightings)) == 20)
    with store.read() as connection:
        assert connection.execute(select(func.sum(frame_log.c.count))).scalar_one() >= 3


# --- any bytes, any settings ----------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*row(), "list", "pages", "code"]), inner, max_size=6)
    ),
    max_leaves=20,
)
LIES = st.dictionaries(st.sampled_from([*row()]), JSON, max_size=4).map(lambda lies: row(**lies))
ANSWERS = st.lists(LIES | JSON, max_size=3).map(
    lambda rows: json.dumps({"code": 0, "data": {"list": rows}}).encode()
)


@given(ANSWERS | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    for declared in ("application/json", "text/html;charset=gbk"):
        read = codec.page(body, declared, ZONE, Datum.WGS84, NOW)
        assert set(read.problems) <= set(PROBLEMS)
        for alarm in read.alarms:
            assert alarm.start <= NOW + timedelta(hours=1)
            assert len(alarm.key) <= 200
            shown = [alarm.key, alarm.channel, alarm.type, alarm.details]
            json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"url": "mqtt://broker"}, "http://"),
        ({"username": None}, "belong together"),
        ({"username": None, "password": None}, "either username and password, or api_key"),
        ({"api_key": "k", "username": "u", "password": "p"}, "either"),
        ({"api_key": "a\nb"}, "ASCII"),
        ({"ca_file": __file__}, "only for https"),
        ({"alarm_types": ["a,b"]}, "alarm_types"),
        ({"zone": "Asia/Luoyang"}, "no such time zone"),
        ({"every": 0}, "every"),
        ({"page_size": 0}, "page_size"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        config(**wrong)
