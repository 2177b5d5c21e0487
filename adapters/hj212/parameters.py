"""What the platform may send with its commands: checked before it is queued, not at the device.

HJ 212-2017 table 4, with what 2005 and 2025 have beside it. Names are those of the fields in the
content; commands name theirs in `commands.COMMANDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from adapters.hj212.commands import COMMANDS, Direction, Kind
from adapters.hj212.times import digits, instant

LONGEST_CONTENT = 950
"""Bytes of a content, HJ 212-2017 table 2."""

MINUTE_INTERVALS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
"""HJ 212-2017 table 4, MinInterval."""

_Check = Callable[[str, tzinfo], str | None]
"""The value as it is sent, or None for one that is not allowed."""

_MOST_PARAMETERS = 50
_CODE = re.compile("[0-9]{4}")
_NAME = re.compile(r"[A-Za-z][\w-]{0,31}", re.ASCII)
_FORBIDDEN = re.compile(r"[;,；，&\x00-\x1f\x7f]")


class Parameter(NamedTuple):
    """One parameter: what it is, and which values it may have."""

    meaning: str
    allowed: str
    check: _Check


def _matching(pattern: str) -> _Check:
    expression = re.compile(pattern, re.ASCII)
    return lambda value, _zone: value if expression.fullmatch(value) else None


def _number(low: int, high: int) -> _Check:
    def check(value: str, _zone: tzinfo) -> str | None:
        is_number = value.isascii() and value.isdigit() and len(value) <= 6
        return str(int(value)) if is_number and low <= int(value) <= high else None

    return check


def _time(value: str, zone: tzinfo) -> str | None:
    if instant(value, zone) is not None:
        return value
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return digits(when if when.tzinfo else when.replace(tzinfo=zone), zone)


def _last_time(value: str, zone: tzinfo) -> str | None:
    """A time; of a date alone its last second, so that the whole day is asked for."""
    is_date = len(value) == len("2026-11-01") and _time(value, zone) is not None
    return _time(value + "T23:59:59" if is_date else value, zone)


def _interval(value: str, _zone: tzinfo) -> str | None:
    return value if value in {str(minutes) for minutes in MINUTE_INTERVALS} else None


_TIME = "14 digits of the device's civil time, or ISO 8601"
_TEXT = _matching(r"[^;,]{1,64}")

PARAMETERS: Mapping[str, Parameter] = {
    "BeginTime": Parameter("first period start asked for", _TIME, _time),
    "EndTime": Parameter(
        "last period start asked for, itself included", f"{_TIME}; a date: all of it", _last_time
    ),
    "SystemTime": Parameter("time to be set; left out: that of sending", _TIME, _time),
    "OverTime": Parameter("seconds to wait for an answer", "1 to 99", _number(1, 99)),
    "ReCount": Parameter("how often to resend", "1 to 99", _number(1, 99)),
    "WarnTime": Parameter("2005: over-limit time before an alarm", "1 to 99999", _number(1, 99999)),
    "RtdInterval": Parameter("seconds between real-time data", "30 to 3600", _number(30, 3600)),
    "MinInterval": Parameter(
        "minutes of a minute mean", ", ".join(map(str, MINUTE_INTERVALS)), _interval
    ),
    "NewPW": Parameter("the new password", "6 letters or digits", _matching("[A-Za-z0-9]{6}")),
    "PolId": Parameter(
        "the pollutant whose instrument is meant", "a code, e.g. w01018", _matching(r"\w{1,12}")
    ),
    "InfoId": Parameter("which information", "i and five digits", _matching("i[0-9]{5}")),
    "CalibrationType": Parameter("2025: 0 zero, 1 span", "0 or 1", _matching("[01]")),
    "CstartTime": Parameter("when sampling begins each day", "hhmmss", _matching("[0-9]{6}")),
    "Ctime": Parameter("hours between samples", "1 to 24", _number(1, 24)),
    "UpValue": Parameter("2005: upper alarm limit", "a number", _matching(r"-?[0-9]+(\.[0-9]+)?")),
    "LowValue": Parameter("2005: lower alarm limit", "a number", _matching(r"-?[0-9]+(\.[0-9]+)?")),
    "ReportTarget": Parameter("2005: address of the platform", "a text", _TEXT),
    "ReportTime": Parameter("2005: time of the daily report", "hhmm", _matching("[0-9]{4}")),
    "i23005-Info": Parameter("number of the data logger", "a text", _TEXT),
}
"""Every parameter that the listed commands have."""


def prepare(code: str, given: Mapping[str, str], zone: tzinfo) -> dict[str, str]:
    """The parameters of a command as they are to be sent.

    Listed commands take theirs and no others; of a code that is not listed anything is taken that
    has the form of a parameter. Raises ValueError with a sentence for whoever asks.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no command code (CN): four digits are wanted")
    command = COMMANDS.get(code)
    if command is None:
        return _in_form(given)
    if command.kind is Kind.REPLY:
        raise ValueError(f"{code} is an answer ({command.meaning}), not a command")
    if command.direction is Direction.UP:
        raise ValueError(f"{code} ({command.meaning}) is sent by devices, not to them")
    if code == "1014":
        raise ValueError("1014 is sent by the rotation of keys; see `offsite-monitor key`")
    wanted = {name.removesuffix("?"): name.endswith("?") for name in command.parameters.split()}
    _check_names(code, wanted, given)
    prepared = {}
    for name, value in given.items():
        known = PARAMETERS.get(name)
        allowed = known.check(value, zone) if known else _in_form({name: value})[name]
        if allowed is None:
            assert known is not None
            raise ValueError(f"{name}={value!r}: {known.allowed} is wanted")
        prepared[name] = allowed
    if prepared.get("BeginTime", "") > prepared.get("EndTime", "9"):
        raise ValueError("BeginTime lies behind EndTime")
    return _in_form(prepared)


def _check_names(code: str, wanted: Mapping[str, bool], given: Mapping[str, str]) -> None:
    """`SystemTime` may be left out always: it is then that of sending."""
    any_info = "*-Info" in wanted
    for name in given:
        if name not in wanted and not (any_info and name.endswith("-Info")):
            known = ", ".join(wanted) or "none"
            raise ValueError(f"{code} has no parameter {name}; it has: {known}")
    if any_info and not any(name.endswith("-Info") for name in given):
        raise ValueError(f"{code} needs a parameter such as i13009-Info: the value to be set")
    optional = {"SystemTime", "*-Info"}
    for name, may_lack in wanted.items():
        if not may_lack and name not in given and name not in optional:
            raise ValueError(f"{code} needs {name}: {PARAMETERS[name].meaning}")


def _in_form(given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > _MOST_PARAMETERS:
        raise ValueError(f"{len(given)} parameters; at most {_MOST_PARAMETERS} can be sent")
    for name, value in given.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a parameter")
        if _FORBIDDEN.search(value):
            raise ValueError(f"{name} holds a separator of HJ 212 or a control character")
    if len(content(given).encode()) > LONGEST_CONTENT:
        raise ValueError(f"the content would be longer than {LONGEST_CONTENT} bytes")
    return dict(given)


def content(parameters: Mapping[str, str]) -> str:
    """Parameters as they stand between `CP=&&` and `&&`."""
    return ";".join(f"{name}={value}" for name, value in parameters.items())


def listed() -> list[dict[str, Any]]:
    """The table of command codes as plain objects."""
    return [
        {
            "code": code,
            "direction": command.direction.value,
            "kind": command.kind.value,
            "editions": _editions(command.editions),
            "meaning": command.meaning,
            "parameters": [_described(name) for name in command.parameters.split()],
        }
        for code, command in COMMANDS.items()
    ]


def _editions(short: str) -> list[str]:
    return ["makers" if each == "*" else f"20{each}" for each in short.split()]


def _described(name: str) -> dict[str, Any]:
    bare = name.removesuffix("?")
    known = PARAMETERS.get(bare)
    return {
        "name": bare,
        "optional": bare != name or bare == "SystemTime",
        "meaning": known.meaning if known else "",
        "allowed": known.allowed if known else "a text",
    }
