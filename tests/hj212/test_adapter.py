"""The server over real sockets, with a store that takes its time, fails or stops."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop

from adapters.hj212 import Adapter, codec, plans
from adapters.hj212.config import Config
from adapters.hj212.frame import build
from monitor.adapter import Context, Delivery
from monitor.errors import Stopping, StoreError
from tests.hj212.frames import MN, NOW, ZONE, make, many, segment

OTHER = "7E5700000000000000000002"
DATA = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N"
PATIENCE = 20.0
"""After so many seconds a test gives up; none needs a noticeable part of it."""


@dataclass
class Store:
    """What the adapter delivers to."""

    kept: list[Delivery] = field(default_factory=list)
    offered: list[Sequence[Delivery]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    answered: int = 0

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        self.offered.append(deliveries)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.kept.extend(deliveries)

    def count(self, frames: int) -> None:
        self.answered += frames

    @property
    def raws(self) -> list[bytes]:
        return [each.frame.raw for each in self.kept]


@dataclass
class Server:
    """A running adapter and its store."""

    adapter: Adapter
    store: Store
    task: asyncio.Task[None]

    async def connect(self) -> Device:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.adapter.status()["port"])
        return Device(reader, writer)

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@dataclass
class Device:
    """A data logger's end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, *raws: bytes) -> None:
        self.writer.write(b"".join(raws))

    async def answer(self) -> bytes:
        return await asyncio.wait_for(self.reader.readline(), PATIENCE)

    async def closed(self) -> bool:
        """Wait until the server has closed; whether it said nothing before."""
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(), PATIENCE) == b""
        return True

    def close(self) -> None:
        self.writer.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def running(
    passwords: dict[str, str] | None = None,
    known: tuple[str, ...] | None = None,
    units: dict[str, dict[str, float]] | None = None,
    **settings: Any,
) -> AsyncIterator[Server]:
    store = Store()
    store.gate.set()
    config = Config(
        **{"type": "hj212", "name": "emissions", "host": "127.0.0.1", "port": 0, **settings}
    )
    context = Context(
        name="emissions",
        zone=ZONE,
        deliver=store.deliver,
        answered=store.count,
        password=(passwords or {}).get,
        known=lambda mn: known is None or mn in known,
        now=lambda: NOW,
        units=lambda mn: (units or {}).get(mn, {}),
    )
    adapter = Adapter(config, context)
    server = Server(adapter, store, asyncio.create_task(adapter.run()))
    try:
        await until(lambda: adapter.status()["ready"] or server.task.done())
        yield server
    finally:
        store.gate.set()
        await server.stop()


def acknowledged(raw: bytes) -> bytes:
    """Which frame an answer answers: its QN."""
    return raw[6 : raw.index(b";")]


async def test_a_frame_is_answered_only_when_it_is_kept() -> None:
    async with running() as server:
        server.store.gate.clear()
        device = await server.connect()
        device.send(make(DATA))
        await until(lambda: server.store.offered)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(device.reader.read(1), 0.05)
        assert server.store.kept == []
        server.store.gate.set()
        answer = await device.answer()
        assert (
            answer[6:-6].decode()
            == f"QN=20260801120001000;ST=91;CN=9014;PW=123456;MN={MN};Flag=4;CP=&&&&"
        )
        assert server.store.raws == [make(DATA)]
        assert server.store.answered == 1


async def test_what_is_delivered_says_all_that_is_known() -> None:
    async with running() as server:
        device = await server.connect()
        device.send(make(DATA))
        await device.answer()
        (delivery,) = server.store.kept
        frame, (readings,) = delivery.frame, delivery.readings
        assert (frame.source, frame.device, frame.verdict, frame.problems) == (
            "emissions",
            MN,
            "clean",
            (),
        )
        assert (frame.note, frame.received_at) == ("2017 hj212 31/2011", NOW)
        assert frame.sent_at is not None
        assert frame.sent_at.astimezone(ZONE).isoformat() == "2026-08-01T12:00:01+08:00"
        assert frame.peer == "{}:{}".format(*device.writer.get_extra_info("sockname"))
        assert (readings.mn, readings.values, readings.flags) == (MN, (35.2,), ("N",))


async def test_readings_of_a_device_with_units_of_its_own_are_in_the_tables() -> None:
    async with running(units={MN: {"a21026": 0.001}}) as server:
        device = await server.connect()
        device.send(make(DATA))
        await device.answer()
        (delivery,) = server.store.kept
        assert delivery.readings[0].values == (0.0352,)
        assert b"35.2" in delivery.frame.raw
        assert (delivery.frame.verdict, delivery.frame.problems) == ("clean", ())


async def test_glued_frames_are_delivered_together_and_answered_in_order() -> None:
    async with running() as server:
        device = await server.connect()
        sent = many(40)
        device.send(*sent)
        answers = [await device.answer() for _ in sent]
        assert [acknowledged(each) for each in answers] == [acknowledged(each) for each in sent]
        assert server.store.raws == sent
        assert len(server.store.offered) < len(sent)


async def test_split_frames_are_put_together() -> None:
    async with running() as server:
        device = await server.connect()
        for raw in many(3):
            for at in range(0, len(raw), 11):
                device.send(raw[at : at + 11])
                await device.writer.drain()
                await asyncio.sleep(0)
            assert acknowledged(await device.answer()) == acknowledged(raw)


async def test_several_devices_share_a_connection_and_one_has_several() -> None:
    async with running() as server:
        first, second = await server.connect(), await server.connect()
        first.send(make(DATA), make(DATA, mn=OTHER, qn="20260801120001001"))
        assert [MN.encode() in await first.answer(), OTHER.encode() in await first.answer()] == [
            True,
            True,
        ]
        older = server.adapter.connection_of(MN)
        assert older is not None
        assert server.adapter.connection_of(OTHER) is older
        second.send(make(DATA, qn="20260801120001002"))
        await second.answer()
        newer = server.adapter.connection_of(MN)
        assert newer is not older
        first.send(make(DATA, qn="20260801120001003"))
        await first.answer()
        assert server.adapter.connection_of(MN) is newer  # commands go to the newest
        first.close()
        await until(lambda: server.adapter.connection_of(OTHER) is None)
        assert server.adapter.connection_of(MN) is newer
        second.close()
        await until(lambda: server.adapter.connection_of(MN) is None)


async def test_only_registered_devices_are_remembered() -> None:
    async with running(known=(MN,)) as server:
        device = await server.connect()
        device.send(make(DATA), make(DATA, mn=OTHER))
        await device.answer()
        assert b"CN=9014" in await device.answer()  # answered all the same
        assert [each.frame.problems for each in server.store.kept] == [(), ("unknown-device",)]
        assert server.store.kept[1].frame.verdict == "tolerated"
        assert len(server.store.kept[1].readings) == 1
        assert server.adapter.connection_of(OTHER) is None
        assert server.adapter.status()["devices"] == 1


@pytest.mark.parametrize(
    "error", [StoreError("the disk is full"), Stopping("stopping"), ValueError("a bug")]
)
async def test_what_is_not_kept_is_not_answered(error: Exception) -> None:
    async with running() as server:
        server.store.error = error
        device = await server.connect()
        device.send(*many(3))
        assert await device.closed()
        assert (server.store.answered, server.adapter.status()["connections"]) == (0, 0)
        server.store.error = None
        again = await server.connect()
        again.send(make(DATA))
        assert b"CN=9014" in await again.answer()


async def test_a_damaged_frame_is_kept_and_not_answered() -> None:
    async with running() as server:
        device = await server.connect()
        damaged = build(segment(DATA), "bad")
        device.send(damaged, make(DATA, qn="20260801120009000"))
        assert b"QN=20260801120009000" in await device.answer()
        frame = server.store.kept[0].frame
        assert (frame.raw, frame.verdict, frame.problems) == (damaged, "refused", ("crc-mismatch",))
        assert server.store.kept[0].readings == ()


async def test_a_frame_without_its_line_end_is_answered_after_a_moment() -> None:
    async with running(settle_after=0.02) as server:
        device = await server.connect()
        device.send(make(DATA)[:-2])
        assert b"CN=9014" in await device.answer()
        assert server.store.kept[0].frame.problems == ("missing-crlf",)


async def test_noise_is_kept_as_a_sample_with_its_size() -> None:
    async with running() as server:
        device = await server.connect()
        device.send(b"ATDT" * 100, make(DATA))
        await device.answer()
        noise = server.store.kept[0].frame
        assert (noise.verdict, noise.problems, noise.note) == ("noise", ("no-frame",), "400 bytes")
        assert noise.raw == b"ATDT" * 64


async def test_what_a_broken_connection_leaves_behind_is_kept() -> None:
    async with running() as server:
        device = await server.connect()
        device.send(make(DATA)[:70])
        device.close()
        await until(lambda: server.store.kept)
        assert server.store.raws == [make(DATA)[:70]]
        assert server.store.kept[0].frame.verdict == "refused"


async def test_a_device_that_ends_its_side_still_gets_its_answers() -> None:
    async with running() as server:
        device = await server.connect()
        sent = many(5)
        device.send(*sent)
        device.writer.write_eof()
        assert (await asyncio.wait_for(device.reader.read(), PATIENCE)).count(b"CN=9014") == 5


async def test_megabytes_of_rubbish_disturb_nobody_else() -> None:
    async with running() as server:
        loud, quiet = await server.connect(), await server.connect()
        rubbish = asyncio.create_task(_pour(loud, os.urandom(65_536) * 80))
        for raw in many(20):
            quiet.send(raw)
            assert acknowledged(await quiet.answer()) == acknowledged(raw)
        await rubbish
        loud.send(b"\r\n", make(DATA, qn="20260801120009999"))
        assert b"QN=20260801120009999" in await loud.answer()
        bytes_kept = sum(len(raw) for raw in server.store.raws)
        assert bytes_kept < 5_000_000


async def _pour(device: Device, data: bytes) -> None:
    device.send(data)
    await device.writer.drain()


async def test_a_device_that_reads_no_answers_is_let_go() -> None:
    async with running(write_timeout=0.05) as server:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", server.adapter.status()["port"]))
        heartbeats = (
            build(b"QN=20260801120001000;ST=31;CN=9015;PW=1;MN=%b;Flag=5;CP=&&&&" % MN.encode())
            * 500
        )

        async def send_on() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    await loop.sock_sendall(sock, heartbeats)

        await asyncio.wait_for(send_on(), PATIENCE)
        await until(lambda: server.adapter.status()["connections"] == 0)
        sock.close()


async def test_reading_pauses_while_nothing_can_be_stored() -> None:
    async with running(in_flight_bytes=4096) as server:
        server.store.gate.clear()
        device = await server.connect()
        sent = many(2000)
        device.send(*sent)
        await until(lambda: server.store.offered)
        await asyncio.sleep(0.02)
        (first,) = server.store.offered
        assert sum(len(each.frame.raw) for each in first) <= 4096
        server.store.gate.set()
        for _ in sent:
            await device.answer()
        assert server.store.raws == sent


async def test_silent_connections_are_closed() -> None:
    async with running(idle_timeout=0.05) as server:
        device = await server.connect()
        assert await device.closed()
        await until(lambda: server.adapter.status()["connections"] == 0)


async def test_strangers_may_be_silent_for_a_short_time_only() -> None:
    async with running(known=(MN,), unheard_timeout=0.2) as server:
        device, stranger, mute = [await server.connect() for _ in range(3)]
        device.send(make(DATA))
        stranger.send(make(DATA, mn=OTHER))
        assert b"CN=9014" in await device.answer()
        assert b"CN=9014" in await stranger.answer()
        assert await stranger.closed()
        assert await mute.closed()
        device.send(make(DATA))
        assert b"CN=9014" in await device.answer()


async def test_of_too_many_connections_the_oldest_strangers_makes_room() -> None:
    async with running(known=(MN,), max_connections=3) as server:
        device = await server.connect()
        device.send(make(DATA))
        await device.answer()
        first = await server.connect()
        first.send(make(DATA, mn=OTHER))
        await first.answer()
        second, third = await server.connect(), await server.connect()
        assert await first.closed()
        for each in (device, second, third):
            each.send(make(DATA))
            assert b"CN=9014" in await each.answer()
        assert server.adapter.status()["connections"] == 3


async def test_plans_are_made_for_registered_devices_only() -> None:
    plans.forget()
    async with running(known=(MN,)) as server:
        device = await server.connect()
        for mn in (OTHER, MN):
            for _ in range(4):
                device.send(make(DATA, mn=mn))
                await device.answer()
    assert plans.fit(codec.decode(make(DATA, mn=OTHER))) is None
    assert plans.fit(codec.decode(make(DATA))) is not None


async def test_there_is_a_limit_to_connections() -> None:
    async with running(max_connections=2) as server:
        kept = [await server.connect(), await server.connect()]
        for device in kept:
            device.send(make(DATA))
            await device.answer()
        refused = await server.connect()
        assert await refused.closed()
        for device in kept:
            device.send(make(DATA))
            assert b"CN=9014" in await device.answer()


@pytest.mark.parametrize(
    ("setting", "answered", "verdict"), [("mark", True, "tolerated"), ("refuse", False, "refused")]
)
async def test_a_wrong_password(setting: str, answered: bool, verdict: str) -> None:
    async with running({MN: "secret"}, wrong_password=setting) as server:
        device = await server.connect()
        device.send(make(DATA), make(DATA, pw="secret", qn="20260801120009000"))
        first = await device.answer()
        assert (b"QN=20260801120001000" in first) is answered
        wrong, right = server.store.kept
        assert (wrong.frame.verdict, wrong.frame.problems) == (verdict, ("wrong-password",))
        assert (len(wrong.readings), right.frame.verdict) == (int(answered), "clean")


@pytest.mark.parametrize(
    ("setting", "answered", "verdict"),
    [("accept", True, "tolerated"), ("refuse", False, "refused")],
)
async def test_the_crc_of_modbus(setting: str, answered: bool, verdict: str) -> None:
    async with running(modbus_crc=setting) as server:
        device = await server.connect()
        device.send(build(segment(DATA), "modbus"), make(DATA, qn="20260801120009000"))
        first = await device.answer()
        assert (b"QN=20260801120001000" in first) is answered
        frame = server.store.kept[0].frame
        assert (frame.verdict, frame.problems) == (verdict, ("modbus-crc",))
        assert frame.note == "2017 modbus 31/2011"


async def test_an_mn_with_control_characters_names_no_device() -> None:
    async with running() as server:
        device = await server.connect()
        device.send(make(DATA, mn="7E57\x0001"))
        await device.answer()
        [kept] = server.store.kept
        assert (kept.frame.device, kept.readings) == (None, ())
        assert kept.frame.problems == ("mn-control-characters",)


async def test_stopping_answers_what_is_under_way_and_closes() -> None:
    async with running() as server:
        server.store.gate.clear()
        busy, idle = await server.connect(), await server.connect()
        busy.send(make(DATA))
        await until(lambda: server.store.offered)
        server.task.cancel()
        assert await idle.closed()
        server.store.gate.set()
        assert b"CN=9014" in await busy.answer()
        assert await busy.closed()
        with pytest.raises(asyncio.CancelledError):
            await server.task
        assert not server.adapter.status()["ready"]


async def test_stopping_does_not_wait_for_ever() -> None:
    async with running(stop_within=0.1) as server:
        server.store.gate.clear()
        device = await server.connect()
        device.send(make(DATA))
        await until(lambda: server.store.offered)
        await asyncio.wait_for(server.stop(), PATIENCE)
        assert await device.closed()
        assert server.store.answered == 0


async def test_status_counts_what_came() -> None:
    async with running() as server:
        assert server.adapter.status()["last_frame_at"] is None
        device = await server.connect()
        device.send(b"??", make(DATA)[:-2] + b"**\r\n", build(segment(DATA), "bad"), make(DATA))
        await device.answer()
        await device.answer()
        status = server.adapter.status()
        assert status["frames"] == {"noise": 1, "tolerated": 1, "refused": 1, "clean": 1}
        assert (status["last_frame_at"], status["connections"], status["ready"]) == (NOW, 1, True)


async def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    async with running() as server:
        port = server.adapter.status()["port"]
        with pytest.raises(OSError, match=str(port)):
            async with running(port=port) as other:
                await other.task


async def test_hundreds_of_connections_from_one_address() -> None:
    async with running() as server:
        devices = await asyncio.gather(*(server.connect() for _ in range(300)))
        for number, device in enumerate(devices):
            device.send(make(DATA, mn=f"{number:024X}"))
        answers = await asyncio.gather(*(device.answer() for device in devices))
        assert all(f"{number:024X}".encode() in raw for number, raw in enumerate(answers))
        assert server.adapter.status()["connections"] == 300


def test_every_setting_is_described_and_unknown_ones_are_refused() -> None:
    for name, setting in Config.model_fields.items():
        assert setting.description, name
    with pytest.raises(ValueError, match="prot"):
        Config.model_validate({"type": "hj212", "name": "x", "prot": 1})


@pytest.mark.parametrize(
    "scenario",
    [
        test_a_frame_is_answered_only_when_it_is_kept,
        test_glued_frames_are_delivered_together_and_answered_in_order,
        test_a_device_that_ends_its_side_still_gets_its_answers,
        test_what_a_broken_connection_leaves_behind_is_kept,
        test_a_device_that_reads_no_answers_is_let_go,
        test_reading_pauses_while_nothing_can_be_stored,
        test_stopping_answers_what_is_under_way_and_closes,
        test_hundreds_of_connections_from_one_address,
    ],
)
def test_uvloop_makes_no_difference(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """The daemon runs on uvloop where it is installed."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())
