"""Dahua's event stream: what is asked for, what any bytes come to, settings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import pauses
from adapters.video import connection
from adapters.video.dahua import codec
from adapters.video.dahua.config import Config
from adapters.video.dahua.notice import moment
from adapters.video.dahua.problems import PROBLEMS
from adapters.video.parts import Part
from tests.hj212.frames import ZONE
from tests.servers import async_wait_for
from tests.video.dahua_kit import adapter, device
from tests.video.hikvision_kit import NOW, Store, store
from tests.video.streaming import Conversation, listening, reading, say


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(pauses, "FIRST", 0.01)
    monkeypatch.setattr(connection, "QUIET", 0.05)
    return store(tmp_path)


def part(text: str) -> bytes:
    return (
        f"--b\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n".encode()
    )


def speaking(conversation: Conversation) -> Any:
    found = device(b"")
    found.conversations = [conversation]
    return found


async def test_an_event_is_handed_in_though_nothing_follows(kept: Store) -> None:
    source = speaking(say(part("Code=FireWarning;action=Start;index=0")))
    async with listening(source) as url, reading(found := adapter(kept, url)):
        await async_wait_for(lambda: kept.events)
        assert found.status()["ready"]
        assert found.status()["frames"] == {"clean": 1}
    assert found.door is None
    path = "/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5"
    assert source.requests[0].startswith(f"GET {path} HTTP/1.1\r\n")


async def test_of_heartbeats_one_a_minute_is_kept(kept: Store) -> None:
    stream = part("Heartbeat") * 20 + part("Code=FireWarning;action=Start;index=0")
    async with listening(speaking(say(stream))) as url, reading(adapter(kept, url)):
        await async_wait_for(lambda: kept.events)
    assert [each.frame.note for each in kept.kept] == ["heartbeat", "FireWarning Start"]


async def test_what_the_reader_fails_with_is_kept(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codec, "read", fail)
    async with listening(speaking(say(part("x")))) as url, reading(adapter(kept, url)):
        await async_wait_for(lambda: kept.kept)
    assert kept.problems == ["not-readable"]


async def test_a_device_that_says_nothing_at_all_is_left(kept: Store) -> None:
    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    source = speaking(silent)
    async with listening(source) as url, reading(found := adapter(kept, url, read_timeout=0.1)):
        await async_wait_for(lambda: found.status()["trouble"])
        assert found.status()["trouble"] == "nothing has come for 0.1 seconds"
        await async_wait_for(lambda: source.let_in >= 2)


# --- reading ----------------------------------------------------------------------------------------

PIECES = [
    "Code=A",
    ";",
    "action=Start",
    "index=0",
    "data=",
    "{",
    "}",
    '"',
    "\\u0000",
    "\n",
    "[",
    "1",
]
SOUPS = st.lists(st.sampled_from(PIECES), max_size=20).map(lambda p: "".join(p).encode())
HEAD = b"Code=A;action=Start;index=0;data="


@given(SOUPS | st.binary(max_size=100) | st.binary(max_size=50).map(lambda data: HEAD + data))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    found = codec.read(Part(b"\r\n" + body))
    assert set(found.problems) <= set(PROBLEMS)
    assert found.notices or found.heartbeat or found.problems
    for notice in found.notices:
        json.dumps(notice.data, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (HEAD + b'{"a":' * 100_000, "too-nested"),
        (HEAD + b'{"a":[' + b"1," * 5000 + b"1]}", "too-many-items"),
        (HEAD + b'{"a":' + b"9" * 10_000 + b"}", "not-json"),
        (HEAD + b'{"a":"' + b"x" * 2000 + b'"}', "text-cut"),
        (b"Code=A;action=Pulse;index=0\n" * 30_000, "too-many-events"),
        (b"Code=" * 150_000, "no-event"),
        (b"Code=A;action=" * 60_000, "no-event"),
    ],
)
def test_an_attack_ends_in_a_named_problem(body: bytes, problem: str) -> None:
    assert list(codec.read(Part(b"\r\n" + body)).problems) == [problem]


@given(
    st.dictionaries(st.sampled_from(["RealUTC", "UTC", "LocaleTime"]), st.integers() | st.text())
)
def test_a_time_is_never_far_ahead(data: dict[str, Any]) -> None:
    found = moment(data, ZONE, NOW, {})
    assert (found - NOW).total_seconds() <= 3600


@pytest.mark.parametrize(
    "wrong",
    [
        {"codes": []},
        {"codes": ["a]&x="]},
        {"device": "a/b"},
        {"heartbeat_interval": 0},
        {"url": None},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    given = {"type": "dahua", "name": "recorder", "url": "http://10.1.2.3"}
    with pytest.raises(ValueError, match="validation error"):
        Config.model_validate({**given, **wrong})
