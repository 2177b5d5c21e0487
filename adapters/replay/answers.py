"""What a simulated device answers when the platform tells it something (HJ 212-2017 6.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from adapters.hj212 import codec
from adapters.hj212.commands import COMMANDS, Direction, Ends
from adapters.hj212.content import read
from adapters.hj212.frame import build
from adapters.hj212.times import digits, instant
from adapters.replay.devices import Device
from adapters.replay.scenarios import Plan, frame

_HISTORY = frozenset({"2031", "2051", "2061"})
_MOST_RECORDS = 2000
_ON_TIME = timedelta(seconds=30)
_PARAMETERS = {
    "1061": "RtdInterval=30",
    "1063": "MinInterval=10",
    "3018": "PolId={PolId};Stime=5",
    "3019": "PolId={PolId};{PolId}-SN=0000-0000",
    "3020": "DataTime={now};{InfoId}-Info=0",
}
"""What it says of itself when asked."""


def answers(raw: bytes, device: Device, place: int, plan: Plan, now: datetime) -> Iterator[bytes]:
    """The frames that a command leads to; none for what is no command."""
    message = codec.decode(raw)
    code = message.cn or ""
    command = COMMANDS.get(code)
    if not message.sound or command is None or command.direction is Direction.UP:
        return
    if command.ends is Ends.NOTICE:
        yield _reply(message, device, "9013", "")
        return
    if message.header.pw != device.password:
        yield _reply(message, device, "9011", "QnRtn=3")
        return
    yield _reply(message, device, "9011", "QnRtn=1")
    items = {name: value or "" for name, value in read(message).items.items()}
    sent = 0
    for sent, content in enumerate(_data(code, items, device, place, plan, now), 1):
        # Records of the past have numbers of their own (HJ 212-2017 Appendix C).
        qn = f"{digits(now, plan.zone)}{sent % 1000:03d}" if code in _HISTORY else message.qn
        yield frame(device, code, qn or "", content)
    nothing = code in _HISTORY and not sent
    yield _reply(message, device, "9012", f"ExeRtn={100 if nothing else 1}")


def _data(
    code: str, items: dict[str, str], device: Device, place: int, plan: Plan, now: datetime
) -> Iterator[str]:
    if code in _HISTORY:
        first, last = (instant(items.get(n, ""), plan.zone) for n in ("BeginTime", "EndTime"))
        if first is None or last is None:
            return
        past = (label for label in plan.labels(code, first, last) if label < now - _ON_TIME)
        for label in islice(past, _MOST_RECORDS):
            yield plan.content(device, place, code, label)
    elif code == "1011":
        yield f"SystemTime={digits(now, plan.zone)}"
    elif code in _PARAMETERS:
        named = {"PolId": "", "InfoId": "i12001", **items, "now": digits(now, plan.zone)}
        yield _PARAMETERS[code].format_map(named)


def _reply(message: codec.Message, device: Device, code: str, content: str) -> bytes:
    head = f"QN={message.qn};ST=91;CN={code};PW={device.password};MN={device.mn};Flag=4"
    return build(f"{head};CP=&&{content}&&".encode())
