"""One outlet studied: what all rules say of it as it is, and with each fault in turn. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zlib import crc32

import numpy as np

from bench.detection.facts import facts
from bench.detection.hearing import (
    SILENCE,
    SILENCE_OF_DAYS,
    Alert,
    Saying,
    alerts,
    delay,
    fresh,
    is_daily,
    said,
)
from bench.detection.injectors import INJECTORS, excused, inject
from bench.detection.parameters import Phase
from bench.detection.series import generate
from bench.detection.truth import Truth
from monitor.curves import Curves
from monitor.rules.base import CurveRule

Rules = Mapping[str, CurveRule[Any]]

MONTH = 30.4375
"""Days."""


@dataclass(frozen=True)
class Attempt:
    """A fault, and how long a rule took to find it: None where it did not."""

    injector: str
    rule: str
    hours: int | None


@dataclass
class Findings:
    """What was found of some outlets; they add up."""

    months: float = 0.0
    """Honest outlet-months."""
    false: Counter[str] = field(default_factory=Counter)
    """Alerts of honest outlets, by rule …"""
    factual: Counter[str] = field(default_factory=Counter)
    """… and those that say what is so (`facts`)."""
    attempts: list[Attempt] = field(default_factory=list)
    stray: Counter[str] = field(default_factory=Counter)
    """Alerts that came with a fault, but neither find it nor are excused, by rule."""

    def add(self, other: Findings) -> None:
        """Take in those of other outlets."""
        self.months += other.months
        self.false += other.false
        self.factual += other.factual
        self.attempts += other.attempts
        self.stray += other.stray


def outlet(seed: int, days: int) -> Curves:
    """The honest outlet of a seed; its first day is some day of a year."""
    return generate(seed, days, first=date(2025, 1, 1) + timedelta(days=seed * 37 % 365))


def silence(rule: CurveRule[Any]) -> int:
    """The hours that end an alert of a rule."""
    return SILENCE_OF_DAYS if is_daily(rule) else SILENCE


def sort_out(
    rule: CurveRule[Any], known: Sequence[Truth], heard: Sequence[Saying]
) -> tuple[list[Alert], list[Alert]]:
    """A rule's alerts of an honest outlet: those that are false, and those that state facts."""
    own = [each for each in known if each.rule == rule.name]
    false: list[Alert] = []
    factual: list[Alert] = []
    for alert in alerts(heard, silence(rule)):
        (factual if _explained(alert, own, is_daily(rule)) else false).append(alert)
    return false, factual


def _explained(alert: Alert, truths: Sequence[Truth], daily: bool) -> bool:
    return any(
        each.concerns(alert.pollutant) and alert.touches(each.first, each.until(daily))
        for each in truths
    )


def study(seed: int, days: int, phase: Phase, rules: Rules) -> Findings:
    """An outlet's findings: false alarms as it is, and the faults put into it one at a time."""
    curves = outlet(seed, days)
    twin = {name: said(rule, curves) for name, rule in rules.items()}
    found = Findings(months=days / MONTH)
    known = facts(curves)
    for name, rule in rules.items():
        false, factual = sort_out(rule, known, twin[name])
        found.false[name] += len(false)
        found.factual[name] += len(factual)
    for injector in INJECTORS:
        rng = np.random.default_rng([seed, crc32(injector.encode())])
        made, truths = inject(injector, curves, rng, phase)
        if truths:
            _attempt(found, injector, made, truths, rules, twin)
    return found


def _attempt(
    found: Findings, injector: str, curves: Curves, truths: Sequence[Truth], rules: Rules,
    twin: Mapping[str, Sequence[Saying]],
) -> None:  # fmt: skip
    for name, rule in rules.items():
        heard = said(rule, curves)
        own = [each for each in truths if each.rule == name]
        for truth in own:
            hours = delay(truth, heard, twin[name], is_daily(rule))
            found.attempts.append(Attempt(injector, name, hours))
        for alert in fresh(heard, twin[name], silence(rule)):
            within = any(alert.touches(each.first, each.until(is_daily(rule))) for each in truths)
            fits = bool(own) or injector in excused(name)
            if not (within and fits):
                found.stray[name] += 1
