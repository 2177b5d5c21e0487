"""The life of one command between platform and device: what each answer, and each silence, leads to.

HJ 212-2017 6.1 and 6.5: request → 9011 (QnRtn) → data → 9012 (ExeRtn). Without 9011 in time it is sent
again under the same QN; without 9012 or data in time it has failed and is not sent again. Devices
answer late, twice, under another QN, without 9011 or without 9012: each has a way out here, and what
is not an answer to this command changes nothing. Pure: takes the time, tells what to write and send.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from adapters.hj212 import content, text
from adapters.hj212.commands import COMMANDS, REPLIES, Ends, Kind
from adapters.hj212.message import Content, Message
from adapters.hj212.orders import HAND_OUT_KEY, ends, is_slow
from monitor.adapter import Order
from monitor.command import SECRETS

QN_RTN = {
    1: "ready", 2: "rejected", 3: "password", 4: "MN", 5: "ST", 6: "Flag", 7: "QN", 8: "CN",
    9: "CRC", 100: "unknown",
}  # fmt: skip
"""HJ 212-2017 table 7: how a device takes a request."""

EXE_RTN = {
    1: "done", 2: "failed", 3: "wrong condition", 4: "timeout", 5: "busy", 6: "system fault",
    100: "no data",
}  # fmt: skip
"""HJ 212-2017 table 8: how it ended."""

NO_ANSWER, NO_RESULT, NO_DATA = "no-answer", "no-result", "no-data"

_MOST_ANSWERS = 20
_MOST_LABELS = 10_000
_TELL_EVERY = timedelta(seconds=15)
"""So often the row is told, while data comes, that the command is being carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a device's silence may last (HJ 212-2017 table 1: 10 s, 3 resends)."""

    answer: timedelta = timedelta(seconds=10)
    resends: int = 3
    result: timedelta = timedelta(seconds=60)
    """Between signs of a command that was accepted."""
    slow: timedelta = timedelta(hours=2)
    """The same where an instrument samples, cleans or calibrates."""


class Step(NamedTuple):
    """What follows: columns of the command to write, and whether to send it (again)."""

    values: dict[str, Any]
    send: bool = False


@dataclass
class Exchange:
    """One command under way."""

    order: Order
    timing: Timing
    next_at: datetime | None = None
    """When silence has lasted long enough."""
    written: str = field(init=False)
    """The state as the row has it; kept by whoever writes the row."""
    _labels: set[str] = field(default_factory=set)
    _answers: list[dict[str, Any]] = field(default_factory=list)
    _result: dict[str, Any] = field(default_factory=dict)

    _told: int = 0
    _told_at: datetime | None = None
    _before: int = field(init=False)
    """Records that another process had counted before."""

    def __post_init__(self) -> None:
        self.written = self.order.state
        self._before = self.order.result.get("records", 0)

    @property
    def state(self) -> str:
        """Of the command."""
        return self.order.state

    @property
    def background(self) -> bool:
        """Whether others may be sent meanwhile: the device has accepted, an instrument works."""
        return self.state == "accepted" and is_slow(self.order.code)

    def begin(self, qn: str, now: datetime) -> Step:
        """Take it up: for the first time, or where a process that ended has left it."""
        if self.state == "queued":
            return self._sent(now, qn=self.order.qn or qn, sent_at=now)
        if self.state == "sent":
            return self.silent(now)
        self.next_at = now + self._patience()
        return Step({"next_at": self.next_at})

    def silent(self, now: datetime) -> Step:
        """Nothing came in time."""
        if self.state == "sent":
            if self.order.attempts <= self.timing.resends:
                return self._sent(now)
            return self._end("failed", NO_ANSWER, now)
        if self._has_data:
            return self._end("done", NO_RESULT, now)
        return self._end("failed", NO_RESULT, now)

    def heard(self, message: Message, now: datetime) -> Step | None:
        """A frame of the device; None where it changes nothing."""
        cn = message.cn or ""
        if cn in REPLIES:
            if not self._answers_this(message):
                self._result["unmatched"] = self._result.get("unmatched", 0) + 1
                return None
            return self._replied(cn, content.read(message), now)
        # A device that asks for a key (1014) again has not taken the one that it is sent under this code.
        is_data = cn == self.order.code and cn != HAND_OUT_KEY
        if is_data and self.state in ("sent", "accepted"):
            return self._data(message, now)
        if is_data and self.state == "failed" and message.qn == self.order.qn:
            self._take(content.read(message))  # too late to end it, but 9012 may follow
        return None

    def _answers_this(self, message: Message) -> bool:
        """A reply without any QN is taken to mean this command."""
        return qn_answered(message) in ("", self.order.qn)

    def _replied(self, cn: str, inner: Content, now: datetime) -> Step | None:
        open_ = self.state in ("sent", "accepted")
        late = self.state == "failed" and self.order.result.get("late") is None
        if cn == "9012" and (open_ or late):
            return self._executed(_number(inner, "ExeRtn"), now)
        if cn == "9013" and open_ and ends(self.order) is Ends.NOTICE:
            return self._end("done", None, now)
        if cn == "9011" and self.state == "sent":
            return self._accepted(_number(inner, "QnRtn"), now)
        if cn == "9011" and late:
            self._result["qn_rtn"] = _number(inner, "QnRtn")
        return None

    def _accepted(self, code: int | None, now: datetime) -> Step | None:
        self._result["qn_rtn"] = code
        if code not in (1, None):
            return self._end("failed", f"refused: {QN_RTN.get(code, code)}", now)
        return self._waits(now, state="accepted")

    def _executed(self, code: int | None, now: datetime) -> Step:
        self._result["exe_rtn"] = code
        if self.state == "failed":
            self._result["late"] = True
        if code == 100:
            return self._end("done", NO_DATA, now)
        if code not in (1, None):
            return self._end("failed", str(EXE_RTN.get(code, code)), now)
        nothing = self._asks_for_data and not self._has_data
        return self._end("done", NO_DATA if nothing else None, now)

    @property
    def _asks_for_data(self) -> bool:
        command = COMMANDS.get(self.order.code)
        return command is not None and command.kind is Kind.UPLOAD

    def _data(self, message: Message, now: datetime) -> Step | None:
        streaming = ends(self.order) is Ends.DATA
        if streaming and self.state == "sent" and qn_answered(message) != self.order.qn:
            return None  # it was sending all the time: no sign that it has heard
        if not self._take(content.read(message)):
            return None  # the ordinary data goes on meanwhile
        return self._end("done", None, now) if streaming else self._waits(now, state="accepted")

    def _take(self, inner: Content) -> bool:
        """Note what was answered; False for data that was not asked for."""
        first, last = (self.order.parameters.get(name) for name in ("BeginTime", "EndTime"))
        if first and last:
            label = (inner.data_time or "")[:14]
            if not first <= label <= last:
                return False
            if len(self._labels) < _MOST_LABELS:
                self._labels.add(label)
        elif len(self._answers) < _MOST_ANSWERS:
            self._answers.append(_shown(inner))
        return True

    @property
    def _has_data(self) -> bool:
        return bool(self._gathered.keys() & {"records", "answers"})

    @property
    def _gathered(self) -> dict[str, Any]:
        """The result so far, with what another process had gathered before."""
        gathered = {**self.order.result, **self._result}
        if self._labels:
            gathered["records"] = self._before + len(self._labels)
        if self._answers:
            gathered["answers"] = self._answers
        return gathered

    # Ends and waits

    def _sent(self, now: datetime, **values: Any) -> Step:
        self.next_at = now + self.timing.answer
        attempts = self.order.attempts + 1
        return self._step(
            state="sent", attempts=attempts, next_at=self.next_at, send=True, **values
        )

    def _waits(self, now: datetime, *, state: str) -> Step | None:
        self.next_at = now + self._patience()
        count = len(self._labels) + len(self._answers)
        soon = self._told_at is not None and now - self._told_at < _TELL_EVERY
        if self.state == state and soon and (count == self._told or count & (count - 1)):
            return None  # not worth a row's change at every record
        self._told, self._told_at = count, now
        return self._step(state=state, next_at=self.next_at, result=self._gathered)

    def _patience(self) -> timedelta:
        return self.timing.slow if is_slow(self.order.code) else self.timing.result

    def _end(self, state: str, reason: str | None, now: datetime) -> Step:
        self.next_at = None
        result = self._gathered
        return self._step(state=state, reason=reason, finished_at=now, next_at=None, result=result)

    def _step(self, *, send: bool = False, **values: Any) -> Step:
        known = {name: value for name, value in values.items() if hasattr(self.order, name)}
        self.order = replace(self.order, **known)
        return Step(values, send)


def qn_answered(message: Message) -> str:
    """The QN that a reply is about: 2005 has it in the content, the others in the header."""
    inside = content.read(message).items.get("QN") if message.content else None
    return inside or message.qn or ""


def _number(inner: Content, name: str) -> int | None:
    sent = inner.items.get(name) or ""
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 6 else None


def _shown(inner: Content) -> dict[str, Any]:
    """An answer as whoever asked gets to see it."""
    shown: dict[str, Any] = {k: v for k, v in inner.items.items() if k not in SECRETS | {"QN"}}
    if inner.data_time:
        shown["DataTime"] = inner.data_time
    for code, factor in inner.factors.items():
        shown |= {f"{code}-{name}": value for name, value in factor.fields.items()}
    return {text.without_control(name): _storable(value) for name, value in shown.items()}


def _storable(value: Any) -> Any:
    return text.without_control(value) if isinstance(value, str) else value
