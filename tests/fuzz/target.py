"""What must hold of any bytes whatever: nothing is raised, nothing hangs, every byte is accounted for,
and the quick ways agree with the full ones."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.hj212 import codec, commands, content, readings
from adapters.hj212.config import Config
from adapters.hj212.decoding import decode_slowly
from adapters.hj212.framing import Framer, Noise
from adapters.hj212.problems import PROBLEMS
from adapters.hj212.reception import Heard, Reception
from monitor.adapter import Context
from monitor.keys import Key

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
KEY = Key(b"0" * 16)
"""That of the official example (HJ 212-2025 Appendix A.2)."""
_VERDICTS = {"clean", "tolerated", "refused", "noise", "assembled"}


async def _deliver(_deliveries: object) -> None:
    """Everything is durable at once."""


def _done(work: Coroutine[Any, Any, None]) -> None:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


class Target:
    """One listening end, that lives as long as the run: its memory must not grow."""

    def __init__(self) -> None:
        self._now = NOW
        self._inputs = 0
        context = Context(
            name="fuzz",
            zone=ZONE,
            deliver=_deliver,
            answered=lambda _count: None,
            password=lambda mn: "123456" if mn.endswith("1") else None,
            known=lambda mn: len(mn) % 2 == 0,
            now=lambda: self._now,
            keys=lambda _mn: (KEY,),
        )
        self._reception = Reception(Config(type="hj212", name="fuzz", host="::1"), context)

    def take(self, data: bytes, *, thorough: bool = True) -> int:
        """Check one input the way it is received; returns how many frames were found in it.

        `thorough`: and every other way that it can be read, which takes several times as long.
        """
        self._now += timedelta(milliseconds=10)
        items = self._framed(data)
        if thorough:
            for item in items:
                if isinstance(item, bytes):
                    self._frame(item)
        heard = self._reception.hear(items, "fuzz")
        for each in heard:
            self._heard(each)
        assembly = self._reception.assembly
        _done(assembly.deliver([each.delivery for each in heard]))
        self._inputs += 1
        if self._inputs % 1000 == 0:
            self._now += timedelta(minutes=10)
            _done(assembly.give_up())
            assert assembly.waiting == (0, 0), "sub-packets are waited for for ever"
        return sum(isinstance(item, bytes) for item in items)

    def _framed(self, data: bytes) -> list[bytes | Noise]:
        """The items of the stream, cut at a place that depends on it."""
        cut = (data[0] * 7 + len(data)) % (len(data) + 1) if data else 0
        framer = Framer()
        items = [*framer.feed(data[:cut]), *framer.feed(data[cut:]), *framer.close()]
        size = sum(item.count if isinstance(item, Noise) else len(item) for item in items)
        assert size == len(data), "bytes are not accounted for"
        return items

    def _frame(self, raw: bytes) -> None:
        message = codec.decode(raw)
        assert message == decode_slowly(raw), "the quick way reads something else"
        assert set(message.problems) <= PROBLEMS.keys()
        inner = content.read(message)
        assert set(inner.problems) <= PROBLEMS.keys()
        quick = readings.read(message, ZONE, 10, NOW)
        slow = readings.read_slowly(message, ZONE, 10, NOW)
        assert repr(quick) == repr(slow), "the quick way understands something else"
        json.dumps(codec.to_json(message, ZONE), ensure_ascii=False, allow_nan=False)
        answer = commands.answer(message)
        if answer is not None:
            (item,) = Framer().feed(answer)
            assert codec.decode(item).sound, "an answer that no device can read"

    def _heard(self, heard: Heard) -> None:
        frame = heard.delivery.frame
        assert frame.verdict in _VERDICTS
        assert set(frame.problems) <= PROBLEMS.keys()
        if frame.verdict in ("refused", "noise"):
            assert not heard.delivery.readings, "refused frames are not judged"
            assert heard.answer is None, "refused frames are not answered"
