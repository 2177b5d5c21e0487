"""The supervisor: parts are started again, the service manager is told, a sick daemon is not fed."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from monitor import supervisor
from monitor.supervisor import State, feed_watchdog, keep, notify, watchdog_interval
from tests.servers import async_wait_for


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_FIRST", 0.001)


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("_at_once")
async def test_a_part_that_fails_or_ends_is_started_again() -> None:
    runs = 0

    async def part() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise OSError("so it goes")
        if runs == 3:
            await asyncio.Event().wait()

    task = asyncio.create_task(keep("part", part))
    await async_wait_for(lambda: runs == 3)
    await cancelled(task)


async def test_a_part_that_is_down_is_known_with_its_reason() -> None:
    state = State()

    async def part() -> None:
        raise OSError("so it goes")

    task = asyncio.create_task(keep("part", part, state))
    await async_wait_for(lambda: state.faults == {"part": "OSError: so it goes"})
    await cancelled(task)


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_gets_a_datagram(
    abstract: bool, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("n")
    path = "@offsite-monitor-test" if abstract else str(folder / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + path[1:] if abstract else path)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        notify("READY=1")
        assert listening.recv(100) == b"READY=1"


def test_where_nobody_listens_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    notify("READY=1")


@pytest.mark.parametrize(
    ("given", "seconds"), [("60000000", 30.0), ("", None), ("soon", None), ("0", None)]
)
def test_the_watchdog_is_fed_twice_as_often_as_asked(
    given: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", given)
    assert watchdog_interval() == seconds


async def test_a_daemon_that_is_not_healthy_is_not_fed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "2000")
    told: list[str] = []
    monkeypatch.setattr(supervisor, "notify", told.append)
    answers = [True, False, False]
    asked = 0

    async def healthy() -> bool:
        nonlocal asked
        asked += 1
        return answers[asked - 1] if asked <= len(answers) else False

    task = asyncio.create_task(feed_watchdog(healthy))
    await async_wait_for(lambda: asked >= 6)
    await cancelled(task)
    assert told == ["WATCHDOG=1"]
