"""Alerts (报警): what a rule's findings lead to, and the words they are told in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from monitor import clue, complaint
from monitor.observation import Period
from monitor.rules import SPAN_RULES, Verdict, exceedance


class Outcome(StrEnum):
    """What becomes of a finding: tell the enterprise, let a person look, or a mandatory visit."""

    REMIND = "remind"
    SCREEN = "screen"
    VERIFY = "verify"


REMINDING = ("forecast-exceedance", "missing-data", "late-data", "meter-dark")
"""Rules whose findings the enterprise is told of: they accuse nobody."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How findings are graded; every part of it is a setting."""

    act_within: timedelta = timedelta(days=60)
    exceedance: dict[Period, Outcome] = field(
        default_factory=lambda: {
            Period.REALTIME: Outcome.REMIND,
            Period.MINUTE: Outcome.REMIND,
            Period.HOUR: Outcome.VERIFY,
            Period.DAY: Outcome.VERIFY,
            Period.MONTH: Outcome.VERIFY,
        }
    )
    silence: dict[Period, timedelta] = field(
        default_factory=lambda: {
            Period.REALTIME: timedelta(hours=1),
            Period.MINUTE: timedelta(hours=2),
            Period.HOUR: timedelta(hours=24),
            Period.DAY: timedelta(days=3),
            Period.MONTH: timedelta(days=62),
        }
    )
    """Exceeding periods further apart than this are two episodes even with nothing judged between."""
    rules: dict[str, Outcome] = field(
        default_factory=lambda: (
            dict.fromkeys((*SPAN_RULES, *clue.NAMES), Outcome.SCREEN)
            | dict.fromkeys(REMINDING, Outcome.REMIND)
            | {complaint.RULE: Outcome.VERIFY}
        )
    )
    """The outcome of other rules' findings: a person looks first, unless the bureau says otherwise.
    A complaint is verified, however old it is."""
    off: frozenset[str] = frozenset()
    """Rules over spans that are not judged at all; what they found before stays."""
    incinerator_hour: Outcome = Outcome.REMIND
    """Of an hour mean at a waste incinerator: the day mean alone is evidence there (order 10 art. 6)."""

    def outcome(self, verdict: Verdict, end_age: timedelta, *, incinerator: bool) -> Outcome:
        """What a finding leads to; one that is too old is looked at first."""
        if verdict.rule != exceedance.NAME:
            return self.of_rule(verdict.rule, end_age)
        if incinerator and verdict.period is Period.HOUR:
            outcome = self.incinerator_hour
        else:
            outcome = self.exceedance[verdict.period]
        return self._in_time(outcome, end_age)

    def of_rule(self, rule: str, end_age: timedelta) -> Outcome:
        """The same of what another rule found, or an eye saw."""
        return self._in_time(self.rules[rule], end_age)

    def _in_time(self, outcome: Outcome, end_age: timedelta) -> Outcome:
        too_old = outcome is Outcome.VERIFY and end_age > self.act_within
        return Outcome.SCREEN if too_old else outcome


_PERIOD_ZH = {
    Period.REALTIME: "实时值",
    Period.MINUTE: "分钟均值",
    Period.HOUR: "小时均值",
    Period.DAY: "日均值",
    Period.MONTH: "月均值",
}


_UNVERIFIED = {
    "zh": "（限值未经核对原文，采取措施前请核对）",
    "en": " (the limit was not held against the text of its source: check it before acting)",
}


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """The sentence on the alert: what, by how much, over which limit, by which clause; checked or not."""
    if verdict.rule in SPAN_RULES:
        return SPAN_RULES[verdict.rule].reason(verdict, language, pollutant, unit)
    limit, bound = verdict.limit, verdict.bound
    assert limit is not None, "an exceedance is one of a limit"
    assert bound is not None, "only exceedances have a reason"
    unit = f" {unit}" if unit else ""
    below = limit.lower is not None and bound == limit.lower
    if language == "zh":
        basis = "折算" if limit.basis == "converted" else "实测"
        return (
            f"{pollutant}{_PERIOD_ZH[limit.period]}（{basis}）{verdict.value:g}{unit}，"
            f"{'低于下限' if below else '超过限值'} {bound:g}{unit}，"
            f"{'低' if below else '超标'} {verdict.exceed_ratio:.2f} 倍；依据：{limit.clause}"
            f"{'' if limit.verified else _UNVERIFIED['zh']}"
        )
    return (
        f"{pollutant}, {limit.period} {limit.basis} value {verdict.value:g}{unit}, "
        f"{'below the lower limit' if below else 'above the limit'} {bound:g}{unit} "
        f"by {verdict.exceed_ratio:.2f} times; {limit.clause}"
        f"{'' if limit.verified else _UNVERIFIED['en']}"
    )
