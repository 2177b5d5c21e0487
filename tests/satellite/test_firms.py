"""FIRMS as a real server: what is asked for, restarts, outages, a key that never shows; and the door."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from adapters import pauses
from adapters.satellite.firms import Adapter, asking
from tests.satellite.kit import EMPTY, KEY, Firms, config, file, row, running
from tests.servers import async_wait_for
from tests.video.kit import Bench, pushed
from tests.video.platform import HTML, Says

TODAY, YESTERDAY = "2026-08-01", "2026-07-31"
NOAA20 = "VIIRS_NOAA20_NRT"
USCC = "91990000MATEXT0001"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(pauses, "FIRST", 0.01)
    monkeypatch.setattr(pauses, "LONGEST", 0.02)
    monkeypatch.setattr(asking, "REFUSED", 0.02)
    return Bench(tmp_path, "fires")


async def again(adapter: Adapter, firms: Firms) -> None:
    """Another round, as after a restart of the adapter within the same daemon."""
    asked = len(firms.asked)
    assert adapter._asking is not None
    async with asking.Api(adapter.config.server) as api:
        await adapter._asking._round(api)
    assert len(firms.asked) > asked


# --- what is asked for ----------------------------------------------------------------------------


async def test_each_source_and_day_is_asked_for(bench: Bench) -> None:
    firms = Firms({(NOAA20, TODAY): file(row()), (NOAA20, YESTERDAY): file(row(day=YESTERDAY))})
    async with running(bench, firms, sources=[NOAA20, "MODIS_NRT"]) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        assert adapter.status()["read_until"] == bench.now
        assert adapter.status()["frames"] == {"clean": 4}
    days = [(source, day) for day in (YESTERDAY, TODAY) for source in (NOAA20, "MODIS_NRT")]
    assert firms.asked == days
    assert [event.start.isoformat() for event in bench.told] == [
        "2026-07-31T04:36:00+00:00",
        "2026-08-01T04:36:00+00:00",
    ]
    (event, _) = bench.told
    assert (event.source, event.owned_only, event.only_kept) == ("FIRMS", True, False)


async def test_what_is_as_it_was_is_not_kept_again_but_now_and_then(bench: Bench) -> None:
    firms = Firms({(NOAA20, TODAY): file(row())})
    async with running(bench, firms) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
        assert len(bench.kept) == 2
        await again(adapter, firms)
        assert len(bench.kept) == 2
        bench.now += timedelta(seconds=3600)
        await again(adapter, firms)
        assert len(bench.kept) == 3
        firms.files[NOAA20, TODAY] = file(row(), row(36.2))
        await again(adapter, firms)
        assert len(bench.events) == 2
    assert len(await bench.had()) == 1


async def test_after_an_outage_it_goes_on_from_where_the_stored_ends(bench: Bench) -> None:
    firms = Firms()
    async with running(bench, firms) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    bench.now += timedelta(days=4)
    firms.platform.asked.clear()
    async with running(bench, firms) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    days = [day for _, day in firms.asked]
    assert days == [YESTERDAY, *(f"2026-08-0{n}" for n in range(1, 6))]


async def test_never_farther_back_than_a_month(bench: Bench) -> None:
    async with running(bench, Firms()) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    bench.now += timedelta(days=400)
    firms = Firms()
    async with running(bench, firms) as adapter:
        await async_wait_for(lambda: adapter.status()["ready"])
    assert len(firms.asked) == 32


# --- what goes wrong ------------------------------------------------------------------------------


async def test_one_day_that_is_not_answered_keeps_back_no_other(bench: Bench) -> None:
    firms = Firms({(NOAA20, TODAY): file(row())})
    firms.says = lambda asked: HTML if asked.path.endswith(YESTERDAY) else None
    async with running(bench, firms) as adapter:
        await async_wait_for(lambda: bench.told)
        await async_wait_for(lambda: adapter.status()["trouble"])
        assert adapter.status()["trouble"].endswith("answers 502")
        assert adapter.status()["read_until"] is None
        firms.says = lambda _: None
        await async_wait_for(lambda: adapter.status()["ready"])
        assert adapter.status()["read_until"] == bench.now
    assert len(bench.told) == 1


@pytest.mark.parametrize(
    "answer",
    [Says(b"Invalid MAP_KEY.", 400), Says(b"Invalid MAP_KEY."), Says(b"", 403)],
    ids=["bad request", "ok", "forbidden"],
)
async def test_a_key_that_is_not_taken_is_said(bench: Bench, answer: Says) -> None:
    firms = Firms(says=lambda _: answer)
    async with running(bench, firms) as adapter:
        await async_wait_for(lambda: adapter.status()["trouble"])
        assert adapter.status()["trouble"] == "FIRMS does not take the MAP_KEY"
        assert not adapter.status()["ready"]
    assert bench.kept == []


async def test_what_is_no_table_is_kept_once_and_asked_for_again(bench: Bench) -> None:
    firms = Firms(says=lambda _: Says(b"Exceeded the limit of transactions."))
    async with running(bench, firms, days=1) as adapter:
        await async_wait_for(lambda: len(firms.asked) > 3)
        assert adapter.status()["read_until"] is None
        (kept,) = bench.kept
        assert (kept.frame.verdict, kept.frame.problems) == ("refused", ("no-header",))
        firms.says = lambda _: None
        await async_wait_for(lambda: adapter.status()["ready"])


@pytest.mark.parametrize("endless", [True, False])
async def test_no_answer_is_too_large_or_takes_for_ever(bench: Bench, endless: bool) -> None:
    says = Says(EMPTY, endless=endless, hangs=not endless)
    async with running(bench, Firms(says=lambda _: says), answer_within=0.3) as adapter:
        await async_wait_for(lambda: adapter.status()["trouble"])
    assert bench.kept == []


async def test_the_key_is_in_no_log_frame_or_status(bench: Bench) -> None:
    answers = iter(
        [
            Says(f"<p>/api/area/csv/{KEY}/ is not allowed</p>".encode()),
            Says(b"", 302, {"location": f"https://elsewhere/{KEY}"}),
            Says(EMPTY, endless=True),
            Says(EMPTY, hangs=True),
        ]
    )
    firms = Firms(says=lambda _: next(answers, None))
    settings = {"days": 1, "answer_within": 0.3, "max_body": 1024}
    troubles = set()
    with structlog.testing.capture_logs() as logs:
        async with running(bench, firms, **settings) as adapter:
            await async_wait_for(
                lambda: troubles.add(adapter.status()["trouble"]) or adapter.status()["ready"]  # type: ignore[func-returns-value]
            )
    shown = f"{logs} {troubles} {[each.frame for each in bench.kept]} {adapter.config!r}"
    assert KEY not in shown
    assert "***" in shown


# --- the door -------------------------------------------------------------------------------------


async def push(bench: Bench, body: bytes, **settings: Any) -> tuple[int, dict[str, Any]]:
    adapter = Adapter(config(**settings), bench.context())
    assert adapter.status()["ready"]
    answer = await adapter.door.receive(pushed(body, {"content-type": "text/csv"}))
    return answer.status, json.loads(answer.body)


async def test_a_file_is_taken_through_the_door(bench: Bench) -> None:
    answer = await push(bench, file(row(), row(36.2)))
    assert answer == (200, {"detections": 2, "problems": []})
    assert (bench.frame.verdict, bench.answered) == ("clean", 1)


async def test_a_file_with_too_many_rows_is_refused(bench: Bench) -> None:
    status, answer = await push(bench, file(*[row(36 + n / 100) for n in range(4)]), max_rows=3)
    assert (status, bench.kept) == (413, [])
    assert "cut the file" in answer["detail"]


async def test_what_cannot_be_read_is_kept_and_taken(bench: Bench) -> None:
    status, answer = await push(bench, b"\xff\xfe\0")
    assert (status, answer["detections"]) == (200, 0)
    assert bench.frame.verdict == "refused"


async def test_a_fault_of_the_reader_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.satellite.firms.codec.read", lambda *_: 1 / 0)
    assert await push(bench, b"x") == (200, {"detections": 0, "problems": ["not-readable"]})
    assert bench.frame.raw == b"x"


async def test_weak_ones_and_standing_heat_are_only_kept(bench: Bench) -> None:
    places = [{"longitude": 112.3, "latitude": 36.3, "metres": 400}]
    rows = [row(confidence="l"), row(36.2), row(36.303, 112.3), row(36.304, 112.3)]
    await push(bench, file(*rows), standing_places=places, standing_heat=[USCC])
    assert [event.only_kept for event in bench.events] == [True, False, True, False]
    assert bench.events[2].details["near_real_time"]["standing"] == "registered place"
    assert {event.usual_at for event in bench.events} == {frozenset({USCC})}


async def test_what_is_old_when_it_comes_raises_no_alarm_of_now(bench: Bench) -> None:
    await push(bench, file(row(), row(day="2026-07-28")))
    assert [event.supplementary for event in bench.events] == [False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"map_key": KEY},
        {"area": [112, 36, 113, 37]},
        {"map_key": KEY, "area": [113, 36, 112, 37]},
        {"map_key": "../../secret", "area": [112, 36, 113, 37]},
        {"standing_heat": ["示例钢厂"]},
        {"sources": ["VIIRS_SNPP_SP"]},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        config(**wrong)
