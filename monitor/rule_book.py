"""The procedure (处置规程) as it can be read: every rule, what it is called, what follows of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor import clue, complaint, inhibition
from monitor.alert import Policy
from monitor.corroboration import family
from monitor.rules import NAMES as DATA_RULES
from monitor.rules import SPAN_RULES, TUNED_RULES, exceedance
from monitor.rules.thresholds import told

NAMES = (*DATA_RULES, *clue.NAMES, complaint.RULE)
"""Every rule that there is."""

_TITLES: Mapping[str, Mapping[str, str]] = {
    exceedance.NAME: {"zh": "超标", "en": "Exceedance"},
    "video-event": {"zh": "视频事件", "en": "Video event"},
    "drone-finding": {"zh": "无人机巡查发现", "en": "Drone finding"},
    "hotspot": {"zh": "遥感热点", "en": "Hotspot from remote sensing"},
    complaint.RULE: complaint.TITLE,
}
_GROUND = {
    "zh": "生态环境法典第183、184条；标记规则（公告2022年第21号）第6点；限值见各排放口",
    "en": "Code art. 183, 184; announcement 2022 no. 21, point 6; the limits are the outlets'",
}


def book(
    policy: Policy, language: str, set_to: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """The rules in the order of their names' table, with what they lead to and what raises them as it is
    set now (`set_to`: the thresholds of those that have any, by rule).
    """
    return [entry(name, policy, language, set_to) for name in NAMES]


def entry(
    name: str, policy: Policy, language: str, set_to: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    """One rule."""
    by_period = {}
    if name == exceedance.NAME:
        by_period = {period.value: outcome.value for period, outcome in policy.exceedance.items()}
    found = family(name)
    return {
        "name": name,
        "title": _title(name, language),
        "ground": _ground(name, language),
        "thresholds": dict(set_to.get(name, _usual(name))),
        "outcome": None if by_period else policy.rules[name].value,
        "outcome_by_period": by_period,
        "family": found.value if found else None,
        "mutes": sorted(inhibition.mutes(name)),
    }


def _title(name: str, language: str) -> str:
    rule = SPAN_RULES.get(name)
    return (rule.title if rule else _TITLES[name])[language]


def _ground(name: str, language: str) -> str:
    """Why it is looked at: a rule's own words where it has them, else the clause that it applies."""
    if name == exceedance.NAME:
        return _GROUND[language]
    rule = SPAN_RULES.get(name)
    if name == complaint.RULE:
        return complaint.clause(language)
    if rule is None:
        return clue.clause(language)
    own: Mapping[str, str] | None = getattr(rule, "ground", None)
    return own[language] if own else rule.clause


def _usual(name: str) -> dict[str, float]:
    """The thresholds that a rule has unless others are set."""
    return told(TUNED_RULES[name].thresholds) if name in TUNED_RULES else {}
