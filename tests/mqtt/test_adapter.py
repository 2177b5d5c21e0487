"""The adapter with a real broker: nothing is lost, nothing is doubled, whatever ends or hangs."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import paho.mqtt.client as paho
import pytest
import structlog

from adapters.broker.connection import Connection
from adapters.broker.inbox import Inbox
from monitor.errors import Stopping, StoreError
from tests.mqtt.kit import Store, config, message, messages, publish, running
from tests.servers import Mosquitto, async_wait_for

VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])


def acknowledged(broker: Mosquitto) -> int:
    """PUBACKs that the broker has had from us since it was started."""
    return broker.log.count("Received PUBACK from offsite-monitor-power")


def saved(broker: Mosquitto, payload: bytes) -> bool:
    """Whether it has written a message down, which follows its PUBACK by an instant."""
    database = broker.folder / "mosquitto.db"
    return database.exists() and payload in database.read_bytes()


def connections(broker: Mosquitto) -> int:
    return broker.log.count(" as offsite-monitor-power (")


def events(logs: list[Any], name: str) -> list[Any]:
    return [entry for entry in logs if entry["event"] == name]


# --- acknowledged means kept ----------------------------------------------------------------------


@VERSIONS
async def test_a_message_is_acknowledged_only_when_it_is_kept(
    mosquitto: Mosquitto, version: str
) -> None:
    async with running(mosquitto, Store(), version=version) as run:
        await publish(mosquitto, [message(1)])
        await async_wait_for(lambda: run.store.offered)
        await asyncio.sleep(0.2)  # time for an acknowledgement that must not be
        assert (acknowledged(mosquitto), run.store.answered) == (0, 0)
        run.store.gate.set()
        await async_wait_for(lambda: acknowledged(mosquitto) == 1)
        assert run.store.raws == [message(1)]
        assert run.store.answered == 1


async def test_acknowledgements_are_in_the_order_of_receipt(mosquitto: Mosquitto) -> None:
    async with running(mosquitto) as run:
        await publish(mosquitto, messages(0, 50))
        assert await run.kept(50) == messages(0, 50)
        await async_wait_for(lambda: acknowledged(mosquitto) == 50)
    lines = [line for line in mosquitto.log.splitlines() if "PUBACK from offsite" in line]
    mids = [int(line.split("Mid: ")[1].split(",")[0]) for line in lines]
    assert mids == sorted(mids)


@VERSIONS
async def test_what_came_while_we_were_away_is_not_lost(mosquitto: Mosquitto, version: str) -> None:
    """A fixed client id and clean_start=False: paho's default would wipe the session (trap 1)."""
    async with running(mosquitto, version=version):
        pass
    await publish(mosquitto, messages(0, 1500))  # more than Mosquitto's default of 1000 (trap 7)
    async with running(mosquitto, version=version) as run:
        assert sorted(await run.kept(1500)) == sorted(messages(0, 1500))


async def test_cancelled_before_the_commit_it_comes_again(mosquitto: Mosquitto) -> None:
    async with running(mosquitto, Store(), stop_within=0.1) as run:
        await publish(mosquitto, messages(0, 5))
        await async_wait_for(lambda: run.store.offered)
    assert (run.store.kept, acknowledged(mosquitto)) == ([], 0)
    async with running(mosquitto) as run:
        assert await run.kept(5) == messages(0, 5)


async def test_cancelled_during_the_commit_it_is_still_acknowledged(mosquitto: Mosquitto) -> None:
    async with running(mosquitto, Store()) as run:
        await publish(mosquitto, [message(1)])
        await async_wait_for(lambda: run.store.offered)
        run.task.cancel()
        await asyncio.sleep(0.05)
        assert not run.task.done()
        run.store.gate.set()
        await asyncio.wait({run.task})
    await async_wait_for(lambda: acknowledged(mosquitto) == 1)
    await async_wait_for(lambda: "DISCONNECT from offsite-monitor-power" in mosquitto.log)
    async with running(mosquitto) as again:
        await publish(mosquitto, [message(2)])
        assert await again.kept(1) == [message(2)]


@pytest.mark.parametrize("error", [StoreError("示例: the disk is full"), Stopping("stopping")])
async def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(
    mosquitto: Mosquitto, error: Exception
) -> None:
    with structlog.testing.capture_logs() as logs:
        async with running(mosquitto) as run:
            run.store.error = error
            await publish(mosquitto, messages(0, 3))
            await async_wait_for(lambda: connections(mosquitto) >= 3)
            assert (acknowledged(mosquitto), run.store.kept) == (0, [])
            run.store.error = None
            assert await run.kept(3) == messages(0, 3)
            await async_wait_for(lambda: acknowledged(mosquitto) == 3)
            assert run.adapter.status()["trouble"] is None
    assert str(error) in events(logs, "feed interrupted")[0]["reason"]
    assert len(events(logs, "feed interrupted")) == 1
    assert [entry["how"] for entry in events(logs, "feed connected")] == [
        "new session",
        "stored again",
    ]


# --- the broker goes away -------------------------------------------------------------------------


@VERSIONS
@pytest.mark.parametrize("how", ["halt", "kill"])
async def test_a_broker_that_restarts_or_is_killed_loses_nothing(
    mosquitto: Mosquitto, how: str, version: str
) -> None:
    """What we have received we store, also where a killed broker does not know it any more.

    The broker writes down what waits for us, an instant after its PUBACK, but not what is on its way.
    """
    store = Store()
    with structlog.testing.capture_logs() as logs:
        async with running(mosquitto, store, version=version) as run:
            await publish(mosquitto, messages(0, 200))
            await async_wait_for(lambda: store.offered)
            received = len(store.offered[0])
            await async_wait_for(
                lambda: (
                    run.adapter.status()["waiting"] + received == 200
                    or saved(mosquitto, message(199))
                )
            )
            await asyncio.to_thread(getattr(mosquitto, how))
            await async_wait_for(lambda: not run.adapter.status()["ready"])
            store.gate.set()
            await async_wait_for(lambda: events(logs, "feed interrupted"))
            await asyncio.to_thread(mosquitto.start)
            await run.ready()
            await publish(mosquitto, messages(200, 210))
            await async_wait_for(lambda: set(store.raws) == set(messages(0, 210)))
            if how == "halt":
                await async_wait_for(lambda: acknowledged(mosquitto) == 210)
            assert len(store.raws) == 210  # what came again after it was stored is not kept twice
    assert len(events(logs, "feed interrupted")) <= 2  # lost, then refused
    assert len(events(logs, "feed connected")) == 2
    assert not events(logs, "the broker has lost our session and what came meanwhile")


async def test_what_a_killed_broker_had_taken_for_us_is_not_lost(mosquitto: Mosquitto) -> None:
    """With the settings of the README (trap 8); by default it would have nothing at all."""
    async with running(mosquitto):
        pass
    await publish(mosquitto, messages(0, 200))
    await async_wait_for(lambda: saved(mosquitto, message(199)))
    await asyncio.to_thread(mosquitto.kill)
    await asyncio.to_thread(mosquitto.start)
    async with running(mosquitto) as run:
        assert sorted(await run.kept(200)) == sorted(messages(0, 200))


async def test_a_session_that_the_broker_has_lost_is_told(mosquitto: Mosquitto) -> None:
    with structlog.testing.capture_logs() as logs:
        async with running(mosquitto) as run:
            await asyncio.to_thread(mosquitto.kill)
            (mosquitto.folder / "mosquitto.db").unlink(missing_ok=True)
            await asyncio.to_thread(mosquitto.start)
            await async_wait_for(lambda: len(events(logs, "feed connected")) == 2)
            await publish(mosquitto, [message(1)])
            assert await run.kept(1) == [message(1)]
    assert events(logs, "the broker has lost our session and what came meanwhile")


async def test_no_broker_is_told_once_and_tried_again(mosquitto: Mosquitto) -> None:
    await asyncio.to_thread(mosquitto.halt)
    with structlog.testing.capture_logs() as logs:
        async with running(mosquitto, wait=False) as run:
            await async_wait_for(lambda: run.adapter.status()["trouble"])
            await asyncio.sleep(1.5)  # more than one further try
            assert not run.adapter.status()["ready"]
            await asyncio.to_thread(mosquitto.start)
            await run.ready()
            assert run.adapter.status()["trouble"] is None
    (entry,) = events(logs, "feed interrupted")
    assert "not reachable" in entry["reason"]


# --- the connection, its thread and its numbers ----------------------------------------------------


async def test_acknowledgements_of_an_older_connection_go_nowhere(mosquitto: Mosquitto) -> None:
    """Their numbers would mean other messages (traps 2 and 6)."""
    first = Connection(config(mosquitto), Inbox(100, 10**6))
    first.start()
    await async_wait_for(lambda: first.subscribed)
    await publish(mosquitto, messages(0, 20))
    mids = []
    while len(mids) < 20:
        mids += [each.mid for each in await first.inbox.take(20)]
    assert first._client.socket() is not None
    first._client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
    await async_wait_for(lambda: not first.subscribed)
    second = Connection(config(mosquitto), Inbox(100, 10**6))
    second.start()
    again: list[Any] = []
    while len(again) < 20:
        again += await second.inbox.take(20)
    assert first.acknowledge(mids) == 0
    assert [each.mid for each in again] == mids
    assert all(each.redelivered for each in again)
    assert acknowledged(mosquitto) == 0
    assert second.acknowledge(mids[:7]) == 7
    await async_wait_for(lambda: acknowledged(mosquitto) == 7)
    await first.end()
    await second.end()
    third = Connection(config(mosquitto), Inbox(100, 10**6))
    third.start()
    rest: list[Any] = []
    while len(rest) < 13:
        rest += await third.inbox.take(20)
    assert [each.payload for each in rest] == messages(7, 20)
    await third.end()


async def test_a_callback_that_raises_ends_no_thread_and_loses_no_message(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """paho's thread would die of it, with is_connected() still true (trap 3)."""
    offer, failures = Inbox.offer, [RuntimeError("示例"), RuntimeError("示例")]

    def failing(inbox: Inbox, taken: Any) -> bool:
        if failures:
            raise failures.pop()
        return offer(inbox, taken)

    monkeypatch.setattr(Inbox, "offer", failing)
    with structlog.testing.capture_logs() as logs:
        async with running(mosquitto) as run:
            await publish(mosquitto, messages(0, 10))
            assert await run.kept(10) == messages(0, 10)
            assert not run.task.done()
    assert "RuntimeError('示例')" in events(logs, "feed interrupted")[0]["reason"]


async def test_when_the_thread_dies_the_adapter_does(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the supervisor starts it again (trap 3)."""

    def broken(_: Any) -> None:
        raise RuntimeError("示例")

    async with running(mosquitto) as run:
        monkeypatch.setattr(paho.Client, "loop_misc", broken)
        await asyncio.wait({run.task}, timeout=20)
        assert run.task.done()
        with pytest.raises(RuntimeError, match="thread has died"):
            run.task.result()


async def test_the_connection_lives_while_storing_takes_long(mosquitto: Mosquitto) -> None:
    """Nothing waits in the network's thread, so pings go on (trap 4)."""
    async with running(mosquitto, Store(), keepalive=1) as run:
        await publish(mosquitto, messages(0, 10))
        await async_wait_for(lambda: run.store.offered)
        pings = "Received PINGREQ from offsite-monitor-power"
        await async_wait_for(lambda: mosquitto.log.count(pings) >= 4)
        assert run.adapter.status()["ready"]
        assert connections(mosquitto) == 1
        run.store.gate.set()
        assert await run.kept(10) == messages(0, 10)


async def test_many_open_files_are_no_hindrance(mosquitto: Mosquitto) -> None:
    """paho's own loop waits with select(2), which knows 1024 files; a daemon has thousands."""
    async with running(mosquitto):
        pass
    await publish(mosquitto, messages(0, 5))  # now: the publisher here is of paho's own loop
    files = [socket.socket() for _ in range(1100)]
    try:
        async with running(mosquitto) as run:
            assert await run.kept(5) == messages(0, 5)
            assert connections(mosquitto) == 2
    finally:
        for each in files:
            each.close()


# --- too much ---------------------------------------------------------------------------------------


@VERSIONS
@pytest.mark.parametrize("limit", [{"waiting": 7}, {"waiting_bytes": 1024}])
async def test_when_too_much_waits_we_leave_and_come_back(
    mosquitto: Mosquitto, version: str, limit: dict[str, int]
) -> None:
    """A window of the protocol is not to be trusted (trap 9): the queue has a bound of its own."""
    store = Store()
    most = 0

    async def deliver(deliveries: Any) -> None:
        nonlocal most
        most = max(most, run.adapter.status()["waiting"])
        await store.deliver(deliveries)

    async with running(mosquitto, store, deliver=deliver, version=version, **limit) as run:
        await publish(mosquitto, messages(0, 1))
        await async_wait_for(lambda: store.offered)
        await publish(mosquitto, messages(1, 300))
        if version == "3.1.1" or "waiting_bytes" in limit:  # else the window of MQTT 5 holds here
            await async_wait_for(lambda: not run.adapter.status()["ready"])
        assert acknowledged(mosquitto) == 0
        store.gate.set()
        await async_wait_for(lambda: acknowledged(mosquitto) >= 300)
        assert sorted(store.raws) == sorted(messages(0, 300))  # all, and each once
        assert most <= 20
        await run.ready()


async def test_a_message_that_is_too_long_is_kept_in_part_and_acknowledged(
    mosquitto: Mosquitto,
) -> None:
    async with running(mosquitto, max_message=300, waiting_bytes=1024) as run:
        long = message(1, more="x" * 100_000)
        await publish(mosquitto, [long, message(2)])
        assert await run.kept(2) == [long[:300], message(2)]
        frame = run.store.kept[0].frame
        assert (frame.verdict, frame.problems) == ("refused", ("message-too-long",))
        assert f"{len(long)} bytes" in frame.note
        await async_wait_for(lambda: acknowledged(mosquitto) == 2)


async def test_what_cannot_be_understood_is_kept_and_acknowledged(mosquitto: Mosquitto) -> None:
    """It is durable; left unanswered it would come again for ever, and others would wait behind."""
    wrong = [b"\xff\xfe", b"{", b"[" * 100_000, b'{"meter": "\\ud800"}', b"null", message(1)]
    async with running(mosquitto) as run:
        await publish(mosquitto, wrong)
        assert await run.kept(6) == wrong
        await async_wait_for(lambda: acknowledged(mosquitto) == 6)
        verdicts = [each.frame.verdict for each in run.store.kept]
        assert verdicts == ["refused"] * 5 + ["clean"]


# --- what the broker gives and takes --------------------------------------------------------------


@VERSIONS
async def test_retained_messages_come_once(mosquitto: Mosquitto, version: str) -> None:
    await publish(mosquitto, [message(1)], retain=True)
    async with running(mosquitto, version=version) as run:
        await run.kept(1)
        assert "retained" in run.store.kept[0].frame.note
        await async_wait_for(lambda: acknowledged(mosquitto) == 1)
        await asyncio.to_thread(mosquitto.halt)
        await asyncio.to_thread(mosquitto.start)
        await run.ready()
        await publish(mosquitto, [message(2)])
        assert await run.kept(2) == [message(1), message(2)]


async def test_messages_without_guarantee_are_taken_and_marked(mosquitto: Mosquitto) -> None:
    async with running(mosquitto) as run:
        await publish(mosquitto, [message(1)], qos=0)
        await run.kept(1)
        assert run.store.kept[0].frame.note == "qos 0"
        assert run.store.answered == 0


async def test_a_shared_subscription_parts_the_messages(mosquitto: Mosquitto) -> None:
    async with (
        running(mosquitto, share="示例", client_id="one") as one,
        running(mosquitto, share="示例", client_id="two") as two,
    ):
        await publish(mosquitto, messages(0, 40))
        await async_wait_for(lambda: len(one.store.kept) + len(two.store.kept) >= 40)
        assert sorted(one.store.raws + two.store.raws) == sorted(messages(0, 40))
        assert one.store.kept
        assert two.store.kept


async def test_a_session_that_another_takes_is_taken_back(mosquitto: Mosquitto) -> None:
    """With one client id they throw each other out, ever more slowly; alone again, one goes on."""
    with structlog.testing.capture_logs() as logs:
        async with running(mosquitto) as run:
            async with running(mosquitto):
                await async_wait_for(lambda: events(logs, "feed interrupted"))
            await run.ready()
            await publish(mosquitto, [message(1)])
            assert await run.kept(1) == [message(1)]
    assert "client_id" in events(logs, "feed interrupted")[0]["reason"]
