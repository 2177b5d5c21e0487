"""The command codes (CN), who sends them, and the answer that each frame wants.

HJ 212-2017 6.6.5 and table 6; HJ 212-2025 and HJ/T 212-2005 where they differ. The lists are open:
codes that are not here are taken in all the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from adapters.hj212.frame import build
from adapters.hj212.message import Message


class Direction(StrEnum):
    """Who sends a command."""

    UP = "up"
    """The device."""
    DOWN = "down"
    """The platform."""
    BOTH = "both"


class Kind(StrEnum):
    """What a command is when the device sends it; it decides the answer."""

    REQUEST = "request"
    """The platform asks; the device answers 9011, 9012. Nothing to answer."""
    UPLOAD = "upload"
    """Data, answered with 9014."""
    NOTIFY = "notify"
    """A notice, answered with 9013."""
    REPLY = "reply"
    """An answer itself; never answered."""


class Ends(StrEnum):
    """What ends a command that the platform gave."""

    RESULT = "result"
    """9012, the result of execution."""
    DATA = "data"
    """The first of the data that was asked for, or 9012."""
    NOTICE = "notice"
    """9013: the device only confirms (HJ 212-2017 6.1, notices)."""


class Command(NamedTuple):
    """One row of the table."""

    direction: Direction
    kind: Kind
    editions: str
    """Of 05, 17, 25 those that have it; `*` = makers' own."""
    meaning: str
    parameters: str = ""
    """What the platform sends with it (see `parameters.py`); `?` behind a name = may be left out."""
    ends: Ends = Ends.RESULT
    slow: bool = False
    """Whether an instrument works on it for long: others need not wait for its end."""


_U, _D, _B = Direction.UP, Direction.DOWN, Direction.BOTH
_DATA, _NOTICE = Ends.DATA, Ends.NOTICE
_SPAN = "BeginTime EndTime"
_REQUEST, _UPLOAD, _NOTIFY, _REPLY = Kind.REQUEST, Kind.UPLOAD, Kind.NOTIFY, Kind.REPLY

COMMANDS: dict[str, Command] = {
    "1000": Command(_D, _REQUEST, "05 17 25", "set time-out and resends", "OverTime ReCount"),
    "1001": Command(
        _B, _NOTIFY, "05 25", "2025: serial numbers of the logger; 2005: alarm time", "WarnTime"
    ),
    "1002": Command(_D, _REQUEST, "25", "set the logger's MN", "i23005-Info"),
    "1011": Command(_B, _UPLOAD, "05 17 25", "get, return the device's time", "PolId?"),
    "1012": Command(_D, _REQUEST, "05 17 25", "set the device's time", "PolId? SystemTime"),
    "1013": Command(_U, _NOTIFY, "17 25", "the device asks for the time"),
    "1014": Command(
        _B, _NOTIFY, "25", "the device fetches a key; the platform sets one", "SKCreateTime NewSK"
    ),
    "1021": Command(_B, _UPLOAD, "05", "get alarm limits", "PolId"),
    "1022": Command(_D, _REQUEST, "05", "set alarm limits", "PolId LowValue? UpValue"),
    "1031": Command(_B, _UPLOAD, "05", "get the platform's address"),
    "1032": Command(_D, _REQUEST, "05", "set the platform's address", "ReportTarget"),
    "1041": Command(_B, _UPLOAD, "05", "get the time of the daily report"),
    "1042": Command(_D, _REQUEST, "05", "set the time of the daily report", "ReportTime"),
    "1061": Command(_B, _UPLOAD, "05 17 25", "get the real-time interval"),
    "1062": Command(_D, _REQUEST, "05 17 25", "set the real-time interval", "RtdInterval"),
    "1063": Command(_B, _UPLOAD, "17 25", "get the minute interval"),
    "1064": Command(_D, _REQUEST, "17 25", "set the minute interval", "MinInterval"),
    "1072": Command(_D, _REQUEST, "05 17 25", "set the password", "NewPW"),
    "2011": Command(
        _B,
        _UPLOAD,
        "05 17 25",
        "real-time data; start it; 2025: its history",
        "BeginTime? EndTime?",
        _DATA,
    ),
    "2012": Command(_D, _REQUEST, "05 17 25", "stop real-time data", "", _NOTICE),
    "2013": Command(_B, _UPLOAD, "25", "data of periodic analysers", _SPAN),
    "2021": Command(_B, _UPLOAD, "05 17 25", "status of treatment facilities; start it", "", _DATA),
    "2022": Command(
        _D, _REQUEST, "05 17 25", "stop the status of treatment facilities", "", _NOTICE
    ),
    "2031": Command(_B, _UPLOAD, "05 17 25", "daily data", _SPAN),
    "2041": Command(_B, _UPLOAD, "05 17 25", "daily run time of treatment facilities", _SPAN),
    "2051": Command(_B, _UPLOAD, "05 17 25", "minute data", _SPAN),
    "2052": Command(_B, _UPLOAD, "25", "a single measurement of noise", _SPAN),
    "2061": Command(_B, _UPLOAD, "05 17 25", "hour data", _SPAN),
    "2062": Command(_B, _UPLOAD, "25 *", "check with a standard sample", _SPAN),
    "2063": Command(_U, _UPLOAD, "*", "surface water: mixed sample"),
    "2071": Command(_B, _UPLOAD, "05", "alarm records", _SPAN),
    "2072": Command(_U, _UPLOAD, "05", "an alarm"),
    "2081": Command(_U, _UPLOAD, "17 25", "the time when the logger was switched on"),
    "2111": Command(_U, _UPLOAD, "25", "furnace temperature of incinerators, 5-minute mean"),
    "3011": Command(
        _D, _REQUEST, "05 17 25", "zero and span calibration", "PolId CalibrationType?", slow=True
    ),
    "3012": Command(_D, _REQUEST, "05 17 25", "sample at once", "PolId", slow=True),
    "3013": Command(_D, _REQUEST, "05 17 25", "clean, back-purge", "PolId", slow=True),
    "3014": Command(
        _D, _REQUEST, "05 17", "comparison sampling", "PolId CstartTime? Ctime?", slow=True
    ),
    "3015": Command(_B, _UPLOAD, "17", "retention of a sample over the limit", "PolId?", slow=True),
    "3016": Command(_D, _REQUEST, "17", "set the sampling period", "PolId CstartTime Ctime"),
    "3017": Command(_B, _UPLOAD, "17", "get the sampling period", "PolId"),
    "3018": Command(_B, _UPLOAD, "17 25", "get the time to a result", "PolId"),
    "3019": Command(_B, _UPLOAD, "17 25", "serial numbers of instruments", "PolId"),
    "3020": Command(
        _B,
        _UPLOAD,
        "17 25",
        "logs, states and parameters of the site",
        "PolId? InfoId BeginTime? EndTime?",
    ),
    "3021": Command(_D, _REQUEST, "17 25", "set a parameter of the site", "PolId? InfoId *-Info"),
    "3022": Command(_D, _REQUEST, "25", "retain a sample at once", "PolId", slow=True),
    "3023": Command(_U, _UPLOAD, "25 *", "a retained sample; without content makers' heartbeat"),
    "3024": Command(_D, _REQUEST, "25", "start a check with a standard sample", "PolId", slow=True),
    "9011": Command(_U, _REPLY, "05 17 25", "response to a request"),
    "9012": Command(_U, _REPLY, "05 17 25", "result of a request"),
    "9013": Command(_B, _REPLY, "05 17 25", "answer to a notice"),
    "9014": Command(_B, _REPLY, "05 17 25", "answer to data"),
    "9015": Command(_U, _NOTIFY, "25 *", "heartbeat"),
    "9021": Command(_U, _NOTIFY, "*", "login"),
}
"""Every code that the editions, or makers whose devices are in use, have given a meaning."""

REPLIES = frozenset(code for code, command in COMMANDS.items() if command.kind is Kind.REPLY)

SYSTEMS: dict[str, str] = {
    "21": "surface water", "22": "ambient air", "23": "noise environment", "24": "groundwater",
    "25": "soil", "26": "sea", "27": "volatile organic compounds", "31": "air pollution source",
    "32": "water pollution source", "33": "groundwater source", "34": "sea source",
    "35": "soil source", "36": "noise source", "37": "vibration", "38": "radioactivity",
    "39": "construction dust", "41": "electromagnetic", "44": "electricity",
    "45": "production conditions", "51": "flue-gas process", "52": "sewage process",
    "91": "system interaction",
}  # fmt: skip
"""System codes (ST), HJ 212-2017 table 5 and the two that 2025 adds."""


def kind_of(message: Message) -> Kind:
    """What the frame of a device is. Codes that are not listed go by their range."""
    cn = message.cn or ""
    if cn == "3023" and not message.content:
        return Kind.NOTIFY
    if cn == "1014" and message.content and b"NewSK" in message.content:
        return Kind.REQUEST
    command = COMMANDS.get(cn)
    if command is not None:
        return command.kind
    return Kind.UPLOAD if cn[:1] in ("2", "3") else Kind.NOTIFY


def answer(message: Message) -> bytes | None:
    """The frame that answers a device's frame, or None where none is due.

    Only Flag bit 0 asks for one, and answers are never answered (HJ 212-2017 6.1). Each sub-packet
    has its own. A damaged frame gets none: the device will send it again.
    """
    header = message.header
    if not header.ack_wanted or not message.qn or not header.cn or not message.sound:
        return None
    kind = kind_of(message)
    if kind is Kind.UPLOAD:
        code = "9014"
    elif kind is Kind.NOTIFY:
        code = "9013"
    else:
        return None
    return build(_answer_segment(message, code).encode("utf-8"))


def _answer_segment(message: Message, code: str) -> str:
    header, qn = message.header, message.qn
    identity = "" if header.pw is None else f"PW={header.pw};"
    identity += "" if header.mn is None else f"MN={header.mn};"
    if header.version:
        flag = 4 if header.version == 1 else 8
        return f"QN={qn};ST=91;CN={code};{identity}Flag={flag};CP=&&&&"
    # HJ/T 212-2005: the QN answered stands in the content, data name their CN as well.
    if code == "9014":
        number, total = message.packet
        part = "" if number is None or total is None else f";PNUM={total};PNO={number}"
        return f"ST=91;CN=9014;CP=&&QN={qn};CN={header.cn}{part}&&"
    return f"ST=91;CN=9013;{identity}Flag=0;CP=&&QN={qn}&&"
