"""Both doors: what comes is kept, then answered; over a real broker and pushed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.power import Adapter, codec
from monitor.adapter import Delivery
from monitor.errors import Stopping, StoreUnavailable
from tests.power.kit import DATA, GATEWAY, METER, Bench, Gateway, config, pushed, running, values
from tests.servers import Mosquitto, async_wait_for


def adapter(bench: Bench, **settings: Any) -> Adapter:
    return Adapter(config(**settings), bench.context())


# --- pushed ---------------------------------------------------------------------------------------


async def test_a_push_is_kept_and_answered() -> None:
    bench = Bench()
    one = adapter(bench)
    reply = await one.door.receive(pushed(DATA))
    assert (reply.status, reply.body) == (200, b"{}")
    assert values(bench.last) == {"P": 12.5, "EPI": 10432.75}
    frame = bench.last.frame
    assert (frame.source, frame.peer, frame.device) == ("meters", "10.0.0.9:40112", METER)
    assert (frame.raw, frame.verdict, frame.note) == (json.dumps(DATA).encode(), "clean", "data")
    assert bench.answered == 1
    status = one.status()
    assert (status["ready"], status["frames"]) == (True, {"clean": 1})


async def test_login_and_time_are_answered_in_the_response() -> None:
    one = adapter(Bench())
    for kind in ("login", "time"):
        reply = await one.door.receive(pushed({"type": kind, "gwSN": GATEWAY}))
        assert json.loads(reply.body)["type"] == kind
    assert json.loads(reply.body)["time"] == "20260801130000"


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b"\x00\xff", "undecodable-text"), (b"<xml/>", "not-json"), (b"", "empty-message"),
     (b'{"type": "ota"}', "unknown-kind"), (b'{"type": "data"}', "missing-device")],
)  # fmt: skip
async def test_nonsense_is_kept_under_a_name_and_answered(body: bytes, problem: str) -> None:
    bench = Bench()
    reply = await adapter(bench).door.receive(pushed(body))
    assert (reply.status, json.loads(reply.body)) == (200, {"res": 0})
    frame = bench.last.frame
    assert (frame.raw, frame.verdict) == (body, "refused")
    assert problem in frame.problems
    assert bench.last.readings == ()


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), Stopping("now")])
async def test_what_is_not_kept_is_not_answered(error: Exception) -> None:
    bench = Bench(error=error)
    one = adapter(bench)
    with pytest.raises(type(error)):
        await one.door.receive(pushed(DATA))
    assert bench.answered == 0


async def test_a_meter_that_the_register_has_not_is_told() -> None:
    bench = Bench(known=False)
    await adapter(bench).door.receive(pushed(DATA))
    assert bench.last.frame.problems == ("unknown-device",)
    assert bench.last.readings


async def test_the_ratio_of_the_register() -> None:
    bench = Bench(ratios={METER: 80.0})
    await adapter(bench, values="secondary").door.receive(pushed(DATA))
    assert values(bench.last) == {"P": 1000.0, "EPI": 834620.0}


async def test_a_reader_that_fails_costs_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codec, "read", failing)
    bench = Bench()
    with capture_logs() as logs:
        reply = await adapter(bench).door.receive(pushed(DATA))
    assert reply.status == 200
    assert bench.last.frame.problems == ("not-readable",)
    assert "ZeroDivisionError" in logs[0]["error"]


# --- over a broker --------------------------------------------------------------------------------


async def test_a_gateways_day(mosquitto: Mosquitto) -> None:
    bench = Bench()
    async with running(mosquitto, bench) as one:
        with await asyncio.to_thread(Gateway, mosquitto.port) as gateway:
            gateway.say("login", {"type": "login", "gwSN": GATEWAY})
            gateway.say("time", {"type": "time", "gwSN": GATEWAY})
            gateway.say("heart", {"type": "heart", "gwSN": GATEWAY})
            gateway.say("data", DATA)
            gateway.say("hstdata", DATA | {"time": "20260731030000"})
            gateway.say("alarm", {"type": "alarm", "meterSN": METER, "event": "POWER_OUTAGE"})
            gateway.say("data", b"\x78\x9c nonsense")
            await async_wait_for(lambda: bench.answered == 7)
            await async_wait_for(lambda: len(gateway.replies) == 2)
        assert one.status()["frames"] == {"clean": 6, "refused": 1}
    answers = {topic: answer["type"] for topic, answer in gateway.replies}
    path = f"/server/acrelHW/示例产品/{{}}/{GATEWAY}"
    assert answers == {path.format("login"): "login", path.format("time"): "time"}
    late = [each.readings[0].supplementary for each in bench.kept if each.readings]
    assert late == [False, True]
    notes = [each.frame.note for each in bench.kept if each.frame.verdict == "clean"]
    assert notes == ["login", "time", "heart", "data", "backfill", "notice POWER_OUTAGE"]


async def test_an_answer_waits_for_the_commit(mosquitto: Mosquitto) -> None:
    bench, gate = Bench(), asyncio.Event()
    waiting: list[Delivery] = []

    async def deliver(deliveries: Sequence[Delivery]) -> None:
        waiting.extend(deliveries)
        await gate.wait()
        await bench.deliver(deliveries)

    async with running(mosquitto, bench, deliver):
        with await asyncio.to_thread(Gateway, mosquitto.port) as gateway:
            gateway.say("login", {"type": "login", "gwSN": GATEWAY})
            await async_wait_for(lambda: waiting)
            assert gateway.replies == []
            gate.set()
            await async_wait_for(lambda: gateway.replies)
    assert bench.last.frame.note == "login"


async def test_the_newer_generation_is_answered_by_its_message(mosquitto: Mosquitto) -> None:
    bench = Bench()
    async with running(mosquitto, bench, profile="acrel-iot"):
        with await asyncio.to_thread(Gateway, mosquitto.port, "sys/server/#") as gateway:
            reading = {"timestamp": 1785559500, "payload": {"P": 1.5}}
            for number, method in enumerate(("login", "time", "data", "notice")):
                message = {"msgid": number, "method": method, "sn": "26080002"} | reading
                gateway.publish("sys/dev/示例产品/26080002", message)
            await async_wait_for(lambda: len(gateway.replies) == 4)
    assert [answer["msgid"] for _, answer in gateway.replies] == [0, 1, 2, 3]
    assert {topic for topic, _ in gateway.replies} == {"sys/server/示例产品/26080002"}
