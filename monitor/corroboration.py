"""Corroboration (互证): findings of independent sources about one enterprise raise each other. Pure.

The scheme, and all of it: two alerts of one enterprise, of different families, whose spans come within
the window of each other. Each is lifted by one step from what its own rule asks for: `remind` becomes
`screen`, `screen` becomes `verify`. How often makes no difference, nor does which was there first: it is
event time that counts. What speaks of transmission and not of conduct takes no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.alert import Outcome


class Family(StrEnum):
    """Sources that can err, or be tampered with, independently of each other."""

    EMISSION = "emission"
    VIDEO = "video"
    DRONE = "drone"
    POWER = "power"
    REMOTE_SENSING = "remote-sensing"
    COMPLAINT = "complaint"


TRANSMISSION = frozenset(
    {"missing-data", "late-data", "transmission-rate", "meter-dark", "maintenance-hours"}
    | {"ultra-low-share", "forecast-exceedance", "anomaly-score"}
)
"""Rules about the transmission of data, a month's grading, a guess, or nothing that has a name, and not
about conduct: they neither lift nor are lifted.
"""

_FAMILIES: Mapping[str, Family] = {
    "video-event": Family.VIDEO,
    "drone-finding": Family.DRONE,
    "treatment-off": Family.POWER,
    "stop-order-breach": Family.POWER,
    "night-power": Family.POWER,
    "hotspot": Family.REMOTE_SENSING,
    "complaint": Family.COMPLAINT,
}


def family(rule: str) -> Family | None:
    """The family of a rule; all that is not named here looks at analysers' data."""
    return None if rule in TRANSMISSION else _FAMILIES.get(rule, Family.EMISSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """What counts as independent evidence of the same."""

    enabled: bool = True
    window: timedelta = timedelta(hours=24)
    """Spans no farther apart than this are about the same."""

    @property
    def window_ms(self) -> int:
        """The window in milliseconds."""
        return self.window // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """An alert as far as corroboration looks at it: of a known enterprise, with findings."""

    id: int
    rule: str
    uscc: str
    start_ms: int
    end_ms: int

    @property
    def span(self) -> tuple[int, int]:
        """From when to when."""
        return self.start_ms, self.end_ms


def agree(one: Clue, other: Clue, scheme: Scheme) -> bool:
    """Whether two alerts bear each other out. Symmetric."""
    first, second = family(one.rule), family(other.rule)
    if not scheme.enabled or first is None or second is None or first is second:
        return False
    apart = max(one.start_ms - other.end_ms, other.start_ms - one.end_ms)
    return one.uscc == other.uscc and apart <= scheme.window_ms


def pairs(
    changed: Iterable[Clue], around: Iterable[Clue], scheme: Scheme
) -> Iterator[tuple[Clue, Clue]]:
    """Which of the alerts that changed agree with which of those around them, each pair once."""
    others = list(around)
    seen: set[frozenset[int]] = set()
    for one in changed:
        for other in others:
            pair = frozenset((one.id, other.id))
            if pair not in seen and agree(one, other, scheme):
                seen.add(pair)
                yield one, other


def lifted(own: Outcome) -> Outcome:
    """What an alert asks for that is borne out, by what its own rule asks for."""
    return Outcome.SCREEN if own is Outcome.REMIND else Outcome.VERIFY


_SENTENCE = {
    "zh": "；与{family}线索（报警 {alert}，{rule}，{start} 至 {end}）互证，由“{before}”升为“{after}”",
    "en": "; borne out by {family} (alert {alert}, {rule}, {start} to {end}): "
    "from “{before}” to “{after}”",
}
_FELL = {
    "zh": "与报警 {alert} 互证的报警 {by} 不再成立；任务不自动撤销，由主管决定",
    "en": "alert {by}, which bore out alert {alert}, does not stand any more; the task stays until a "
    "supervisor decides",
}
_FAMILY_NAMES = {
    "zh": {
        Family.EMISSION: "在线监测",
        Family.VIDEO: "视频",
        Family.DRONE: "无人机",
        Family.POWER: "用电",
        Family.REMOTE_SENSING: "遥感",
        Family.COMPLAINT: "信访投诉",
    },
    "en": {each: f"{each.value.replace('-', ' ')}" for each in Family},
}
_OUTCOMES = {
    "zh": {Outcome.REMIND: "提醒", Outcome.SCREEN: "研判", Outcome.VERIFY: "核查"},
    "en": {each: each.value for each in Outcome},
}


def sentence(by: Clue, own: Outcome, after: Outcome, language: str, *, start: str, end: str) -> str:
    """What is added to an alert's reason: by which alert it was lifted, from what to what."""
    found = family(by.rule)
    assert found is not None, "what has no family lifts nothing"
    return _SENTENCE[language].format(
        family=_FAMILY_NAMES[language][found],
        alert=by.id,
        rule=by.rule,
        start=start,
        end=end,
        before=_OUTCOMES[language][own],
        after=_OUTCOMES[language][after],
    )


def fell(alert: int, by: int, language: str) -> str:
    """What a task's history says when the alert that bore out its own falls."""
    return _FELL[language].format(alert=alert, by=by)
