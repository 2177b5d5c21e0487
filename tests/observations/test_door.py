"""Pushed to the door: kept whatever it is, answered once it is durable."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.observations import importing
from adapters.observations.config import Config
from monitor.errors import StoreUnavailable
from tests.observations.kit import MN, Bench, hour, profile, pushed, table, workbook


def answer(reply: Any) -> Any:
    assert reply.status == 200
    return json.loads(reply.body)


async def test_a_table_is_answered_with_what_became_of_it() -> None:
    bench, data = Bench(), table(hour(1), hour(2, "x"), "")
    told = answer(await bench.door().receive(pushed(data)))
    assert (told["rows"], told["taken"], told["wrong"], told["problem"]) == (2, 1, 1, None)
    assert told["first"] == [
        {"row": "3", "problem": "not-a-number", "column": "二氧化硫", "value": "x"}
    ]
    (delivery,) = bench.kept
    frame = delivery.frame
    assert (frame.raw, frame.device, frame.verdict) == (data, MN, "tolerated")
    assert hashlib.sha256(data).hexdigest() in frame.note
    assert "rows=2-4" in frame.note
    assert "zone=Asia/Shanghai" in frame.note
    assert bench.answered == 1


async def test_batches_are_delivered_one_after_the_other() -> None:
    bench = Bench()
    await bench.door(batch=2).receive(pushed(table(*(hour(n) for n in range(5)))))
    assert [len(d.readings) for d in bench.kept] == [2, 2, 1]
    notes = [d.frame.note.split()[2] for d in bench.kept]
    assert notes == ["rows=2-3", "rows=4-5", "rows=6-6"]


@pytest.mark.parametrize("data", [b"", b"no table", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"[{]"])
async def test_what_is_no_table_is_kept_and_answered(data: bytes) -> None:
    bench = Bench()
    told = answer(await bench.door().receive(pushed(data)))
    assert told["problem"]
    last = bench.kept[-1].frame
    assert (last.raw, last.verdict, last.problems) == (data, "refused", (told["problem"],))


async def test_a_fault_of_ours_is_kept_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(importing, "looked_at", broken)
    bench = Bench()
    assert answer(await bench.door().receive(pushed(table())))["problem"] == "not-readable"
    assert bench.kept[0].frame.problems == ("not-readable",)


async def test_nothing_is_answered_while_nothing_is_kept() -> None:
    bench = Bench(error=StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        await bench.door().receive(pushed(table(hour(1))))


async def test_the_path_names_the_device_of_a_table_without_one() -> None:
    bench, data = Bench(), "监测时间,二氧化硫\n2026-07-31 10:00,30\n".encode()
    assert answer(await bench.door().receive(pushed(data, MN)))["taken"] == 1
    assert answer(await bench.door().receive(pushed(data)))["problem"] == "no-header"
    assert bench.readings[0].mn == MN


async def test_a_workbook_is_kept_whole_beside_its_rows() -> None:
    bench = Bench()
    data = workbook(["设备编码", "监测时间", "二氧化硫"], [MN, "2026-07-31 10:00", 30])
    await bench.door().receive(pushed(data))
    whole, rows = bench.kept
    assert (whole.frame.raw, whole.readings) == (data, ())
    assert json.loads(rows.frame.raw.splitlines()[-1]) == [MN, "2026-07-31 10:00", 30]


async def test_strangers_are_told() -> None:
    bench = Bench(known=False)
    await bench.door().receive(pushed(table(hour(1))))
    assert bench.kept[0].frame.problems == ("unknown-device",)


async def test_stop_on_error_may_be_set() -> None:
    bench = Bench()
    body = table(hour(1), hour(2, "x"), hour(3))
    assert answer(await bench.door(stop_on_error=True).receive(pushed(body)))["taken"] == 1


async def test_status_says_what_has_come() -> None:
    bench = Bench()
    door = bench.door()
    for body in (table(hour(1)), table(hour(1, "x")), b""):
        await door.receive(pushed(body))
    assert door.files == {"clean": 1, "wrong rows": 1, "refused": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": []}, "time"),
        ({"columns": {}}, "wide"),
        ({"pollutant": "x"}, "wide"),
        ({"value": "x"}, "long table only"),
        ({"columns": {"a": {"code": "a21026", "unit": "ppm"}}}, "no factor"),
        ({"columns": {"a": {"code": "a21026", "means": "flag"}}}, "numbers"),
        ({"columns": {"a": {"code": "x", "means": "flag", "unit": "g"}}}, "a flag has none"),
        ({"columns": {"a": {"code": "a21026"}, "b": {"code": "a21026"}}}, "the same"),
        ({"periods": {"x": "hour"}}, "belong together"),
        ({"time_format": "dmy"}, "pattern"),
        ({"zone": "Mars"}, "time zone"),
        ({"like": "nobody"}, "no profile"),
        ({"typo": 1}, "typo"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], reason: str) -> None:
    said = {"like": "hours-wide"} | change
    with pytest.raises(ValidationError, match=reason):
        Config.model_validate({"type": "observations", "name": "t", "profile": said})


def test_a_long_table_needs_numbers() -> None:
    with pytest.raises(ValidationError, match="none of value"):
        profile({"time": "t", "pollutant": "p"})
