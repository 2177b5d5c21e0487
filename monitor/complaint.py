"""Complaints (信访举报): states, steps, and how long there is for each. Pure.

    received ──accept──▶ accepted ──close──▶ closed
       │  ▲                 │  ▲
       │  └──── transfer ───┘  (the state stays, the district is another)
       ├──refuse──▶ refused
       └──hand-on──▶ handed_on ◀──hand-on── accepted

Every complaint is verified on site, whatever becomes of it: its task ends as every mandatory one does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from monitor import calendar
from monitor.calendar import Calendar, Deadline, Term, Unit
from monitor.errors import Conflict
from monitor.task import InputError
from monitor.tokens import Right

RULE = "complaint"
"""The rule under which complaints are alerts."""


class State(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    """受理."""
    REFUSED = "refused"
    """不予受理."""
    HANDED_ON = "handed_on"
    """转办 to a body that is not one of ours."""
    CLOSED = "closed"
    """办结."""


OPEN = frozenset({State.RECEIVED, State.ACCEPTED})
ENDED = frozenset(State) - OPEN


class Kind(StrEnum):
    """What is owed by a day."""

    HAND_ON = "hand_on"
    """Hand it on where it is another's; who accepts it need not."""
    TELL = "tell"
    """Tell whether it is accepted."""
    CLOSE = "close"
    """Close it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way on: from where, to where (None: the state stays), who may, what is owed no more then."""

    sources: frozenset[State]
    target: State | None
    by: Right
    settles: frozenset[Kind] = frozenset()


_RECEIVED, _ALL = frozenset({State.RECEIVED}), frozenset(Kind)

STEPS: Mapping[str, Step] = {
    "accept": Step(_RECEIVED, State.ACCEPTED, Right.WORK, frozenset({Kind.HAND_ON, Kind.TELL})),
    "refuse": Step(_RECEIVED, State.REFUSED, Right.DIRECT, _ALL),
    "transfer": Step(OPEN, None, Right.DIRECT, frozenset({Kind.HAND_ON})),
    "hand-on": Step(OPEN, State.HANDED_ON, Right.DIRECT, _ALL),
    "extend": Step(OPEN, None, Right.DIRECT),
    "close": Step(frozenset({State.ACCEPTED}), State.CLOSED, Right.DIRECT, _ALL),
    "feedback": Step(ENDED, None, Right.WORK),
}
"""The whole life of a complaint; `transfer` hands it to another district, `hand-on` to another body."""


def step(name: str, state: State) -> Step:
    """The step of a name from a state; raises Conflict, saying from where it may be taken."""
    found = STEPS[name]
    if state not in found.sources:
        allowed = ", ".join(sorted(found.sources))
        raise Conflict(
            f"a complaint that is {state} cannot be taken to `{name}`; it must be: {allowed}"
        )
    return found


CHANNELS: Mapping[str, str] = {
    "12345": "12345 政务服务便民热线",
    "national-web": "全国生态环境投诉举报平台（网络）",
    "national-wechat": "全国生态环境投诉举报平台（微信）",
    "letter": "来信",
    "visit": "来访",
    "transferred": "上级或其他部门转办",
    "other": "其他",
}
"""Unless the bureau has its own. The telephone 12369 stopped in June 2024."""


_TELL, _HAND_ON, _CLOSE = Term(15, Unit.DAYS), Term(3, Unit.WORKING_DAYS), Term(60, Unit.DAYS)


def _no_master() -> str | None:
    """There is none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How complaints are handled; the terms are those of the national rule of 2010 (环保举报热线工作管理
    办法), all counted from the day of receipt, so that none ends later than the rule's."""

    channels: Mapping[str, str] = field(default_factory=lambda: dict(CHANNELS))
    tell: Term = _TELL
    hand_on: Term = _HAND_ON
    close: Term = _CLOSE
    longer: timedelta = timedelta(days=30)
    """By how much closing may be put off at most."""
    join_metres: float = 300.0
    """Complaints about places that are nobody's, no farther apart than this, are one matter."""
    master: Callable[[], str | None] = field(default=_no_master, repr=False)
    """What identities are sealed with; without it none can be kept."""


def deadlines(
    policy: Policy,
    received_at: datetime,
    zone: tzinfo,
    days: Calendar,
    shorter: datetime | None = None,
) -> dict[Kind, Deadline]:
    """What is owed of a complaint; `shorter`: by when an upper level wants it closed.

    Raises InputError where that lies before the receipt.
    """
    terms = {Kind.HAND_ON: policy.hand_on, Kind.TELL: policy.tell, Kind.CLOSE: policy.close}
    owed = {kind: calendar.deadline(term, received_at, zone, days) for kind, term in terms.items()}
    if shorter is not None:
        if shorter <= received_at:
            raise InputError("close_by lies before received_at")
        owed[Kind.CLOSE] = sooner(owed[Kind.CLOSE], shorter)
    return owed


def sooner(held: Deadline, wanted: datetime) -> Deadline:
    """The deadline after an upper level has set one: the shorter of the two."""
    if wanted >= held.due_at:
        return held
    return Deadline(due_at=wanted, term=None, since=held.since)


def extended(
    policy: Policy, first_due: datetime, now_due: datetime, wanted: datetime, at: datetime
) -> Deadline:
    """The deadline of a complaint whose closing is put off; `first_due` is what it was at the beginning.

    Raises InputError where that is no later, already past, or later than may be.
    """
    if wanted <= max(now_due, at):
        raise InputError("due_at must lie behind the present due time, and ahead of now")
    last = first_due + policy.longer
    if wanted > last:
        raise InputError(
            f"due_at: closing may be put off by {policy.longer.days} days, to "
            f"{last.isoformat(timespec='minutes')} at most"
        )
    return Deadline(due_at=wanted, term=None, since=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A complaint as it came. What names its reporter shows in no text made of it."""

    channel: str
    received_at: datetime
    text: str = field(repr=False)
    reference: str | None = field(default=None, repr=False)
    """The channel's own number; the same again is the same complaint."""
    uscc: str | None = None
    place: tuple[float, float] | None = None
    """Longitude and latitude in WGS-84."""
    district: str | None = None
    """Of a place that is nobody's; None: the nearest enterprise's."""
    close_by: datetime | None = None
    """By when an upper level wants it closed."""
    reporter: Mapping[str, Any] = field(default_factory=dict, repr=False)


_REASON = {
    "zh": "信访举报 {number}（{channel}，{received} 收到）{where}；内容见该件，须经现场核查认定",
    "en": "complaint {number} ({channel}, received {received}){where}; it says what it is about, and "
    "only an on-site verification establishes anything",
}
_NEAR = {
    "zh": "，地点不能归属任何企业，最近的是{name}（{metres:.0f} 米）",
    "en": ", about a place that is nobody's; the nearest is {name} ({metres:.0f} m)",
}
_CLAUSE = {
    "zh": "生态环境法典第145、146条：公开举报渠道，及时处理，为举报人保密",
    "en": "Code art. 145, 146: complaints are handled promptly, and who made them is kept secret",
}
TITLE = {"zh": "信访举报", "en": "Complaint"}


def clause(language: str) -> str:
    """By what a complaint is looked at."""
    return _CLAUSE[language]


def reason(
    number: int, channel: str, received: str, near: tuple[str, float] | None, language: str
) -> str:
    """The sentence on the alert: it goes out by webhooks and chat, and says nothing of the content."""
    where = _NEAR[language].format(name=near[0], metres=near[1]) if near else ""
    return _REASON[language].format(number=number, channel=channel, received=received, where=where)
