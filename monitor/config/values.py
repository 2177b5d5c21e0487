"""What single keys may hold, each refused with what is wrong with it."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr

from monitor import clue, complaint
from monitor.calendar import Term
from monitor.observation import JUDGED, Period
from monitor.rules import SPAN_RULES, TUNED_RULES
from monitor.secret import Secret
from monitor.task import Trigger


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"no such time zone: {name}; try Asia/Shanghai") from None
    return name


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("not a network such as 10.0.0.0/8") from None
    return text


def _long_enough(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < 16:
        raise ValueError("at least 16 characters are needed")
    return secret


def _matter(key: str) -> str:
    trigger, _, priority = key.partition("-")
    if trigger not in list(Trigger) or priority not in ("", "1", "2", "3", "4", "5"):
        raise ValueError(
            f"a trigger, or trigger-priority such as exceedance-1, is needed; there are: "
            f"{', '.join(Trigger)}"
        )
    return key


def _term(text: str) -> str:
    Term.parse(text)
    return text


def _rule(name: str) -> str:
    names = (*SPAN_RULES, *clue.NAMES, complaint.RULE)
    if name not in names:
        raise ValueError(f"there is no such rule; there are: {', '.join(names)}")
    return name


def _curve_rule(name: str) -> str:
    if name not in TUNED_RULES:
        raise ValueError(f"no such rule with thresholds; there are: {', '.join(TUNED_RULES)}")
    return name


ChannelCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
CurveRuleName = Annotated[str, AfterValidator(_curve_rule)]
Thresholds = dict[str, float]
"""Of a rule, by name; they are held against the rule's own in `Detection`."""


def _judged(period: Period) -> Period:
    if period not in JUDGED:
        raise ValueError(f"there are no limits for {period}; use {', '.join(JUDGED)}")
    return period


Judged = Annotated[Period, AfterValidator(_judged)]


def _link_base(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s()<>\"]+", url):
        raise ValueError("not an address such as https://monitor.example.org")
    return url.rstrip("/")


def _some(pauses: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(pauses) <= 30:
        raise ValueError("1 to 30 pauses are needed")
    return pauses


def _month_day(text: str) -> str:
    try:
        datetime.strptime(f"2028-{text}", "%Y-%m-%d")  # noqa: DTZ007 - of no day in particular
    except ValueError:
        raise ValueError("a month and day such as 09-28 is needed") from None
    return text


MonthDay = Annotated[str, AfterValidator(_month_day)]
Pause = Annotated[int, Field(ge=1, le=604_800)]

Zone = Annotated[str, AfterValidator(_zone)]
Network = Annotated[str, AfterValidator(_network)]
LinkBase = Annotated[str, AfterValidator(_link_base), Field(max_length=300)]
Matter = Annotated[str, AfterValidator(_matter)]
TermText = Annotated[str, AfterValidator(_term)]
RuleName = Annotated[str, AfterValidator(_rule)]
Schedule = Annotated[tuple[Pause, ...], AfterValidator(_some)]
LongSecret = Annotated[Secret, AfterValidator(_long_enough)]
