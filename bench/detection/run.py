"""Many outlets over several processes: how rules do, and what a year of a city brings to a screener."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import numpy as np

from bench.detection import table
from bench.detection.contract import broken
from bench.detection.facts import facts
from bench.detection.hearing import said
from bench.detection.parameters import FIRST_SEED, Phase
from bench.detection.series import generate
from bench.detection.study import Findings, Rules, outlet, sort_out, study
from monitor import scoring
from monitor.averages import Floats
from monitor.rules import CURVE_RULES, anomaly_score

T = TypeVar("T")

FLEET_SEED = 500_000
"""A fleet has the seeds from this one after the phase's first: no outlet that rules were tuned on."""


LEVEL_SEED = 800_000
"""The level of the anomaly score is told from outlets with the seeds from here after the first."""
_LEVEL_OUTLETS, _LEVEL_DAYS = 200, 56 + scoring.MEMORY


def loaded(names: Sequence[str], level: float | None = None) -> Rules:
    """The product's rules over curves: all, or those of some names; the score told from a level."""
    known = dict(CURVE_RULES)
    if level is not None:
        score = known[anomaly_score.NAME]
        known[score.name] = replace(score, thresholds=replace(score.thresholds, score=level))
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SystemExit(f"no such rule: {', '.join(unknown)}; there are: {', '.join(known)}")
    return {name: rule for name, rule in known.items() if not names or name in names}


def level(phase: Phase, jobs: int) -> float | None:
    """The level of the anomaly score as the product works it out, from honest outlets of their own."""
    first = FIRST_SEED[phase] + LEVEL_SEED
    rows = list(spread(_maxima, range(first, first + _LEVEL_OUTLETS), jobs))
    return scoring.level(np.array(rows), anomaly_score.Thresholds().per_hundred_weeks)


def _maxima(seed: int) -> Floats:
    """An outlet's largest score of each day, of the days that have a whole past."""
    of_pollutants = anomaly_score.by_days(outlet(seed, _LEVEL_DAYS)).values()
    most: Floats = np.fmax.reduce(list(of_pollutants))
    return most[scoring.MEMORY :]


def spread(work: Callable[[int], T], seeds: Sequence[int], jobs: int) -> Iterator[T]:
    """The work of every seed, in order, over some processes; progress on stderr."""
    began = time.monotonic()
    if jobs == 1:
        results: Iterator[T] = map(work, seeds)
        yield from _watched(results, len(seeds), began)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from _watched(pool.map(work, seeds, chunksize=2), len(seeds), began)


def _watched(results: Iterator[T], total: int, began: float) -> Iterator[T]:
    for number, result in enumerate(results, 1):
        yield result
        if number % 10 == 0 or number == total:
            seconds = time.monotonic() - began
            print(f"\r{number}/{total} outlets, {seconds:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)


def _study(
    names: Sequence[str], days: int, phase: Phase, told_from: float | None, seed: int
) -> Findings:
    return study(seed, days, phase, loaded(names, told_from))


def measure(names: Sequence[str], outlets: int, days: int, phase: Phase, jobs: int) -> str:
    """Recall and false alarms of the rules, as markdown."""
    rules = list(loaded(names))
    seeds = range(FIRST_SEED[phase], FIRST_SEED[phase] + outlets)
    found = Findings()
    told_from = level(phase, jobs) if anomaly_score.NAME in rules else None
    for each in spread(partial(_study, names, days, phase, told_from), seeds, jobs):
        found.add(each)
    said_of = (
        f"SYNTHETIC outlets and faults, {phase} parameters. Seeds {seeds[0]}–{seeds[-1]}, "
        f"{days} days each: {found.months:.0f} honest outlet-months. "
        f"Anomaly scores are told from {told_from}."
    )
    return "\n\n".join((said_of, table.by_rule(found, rules), table.by_injector(found))) + "\n"


@dataclass
class Year:
    """What the rules say of an honest outlet, and the processor's seconds for it."""

    days: Counter[int] = field(default_factory=Counter)
    """False alarms by day."""
    factual_days: Counter[int] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    factual: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    """By rule; what took to make the outlet under an empty name."""

    def add(self, other: Year) -> None:
        """Take in another outlet's."""
        self.days += other.days
        self.factual_days += other.factual_days
        self.false += other.false
        self.factual += other.factual
        for name, seconds in other.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds


def year(rules: Rules, days: int, seed: int) -> Year:
    """What the rules say of an outlet."""
    found = Year()
    began = time.process_time()
    curves = generate(seed, days)  # all of a fleet have the same calendar
    known = facts(curves)
    found.seconds[""] = time.process_time() - began
    for name, rule in rules.items():
        began = time.process_time()
        heard = said(rule, curves)
        found.seconds[name] = time.process_time() - began
        false, factual = sort_out(rule, known, heard)
        found.days.update(each.first // 24 for each in false)
        found.factual_days.update(each.first // 24 for each in factual)
        found.false[name] += len(false)
        found.factual[name] += len(factual)
    return found


def _year(names: Sequence[str], days: int, told_from: float | None, seed: int) -> Year:
    return year(loaded(names, told_from), days, seed)


def fleet(names: Sequence[str], outlets: int, days: int, phase: Phase, jobs: int) -> str:
    """A city's honest outlets: alerts a day by rule and in all, and what judging costs."""
    rules = list(loaded(names))
    first = FIRST_SEED[phase] + FLEET_SEED
    began = time.monotonic()
    found = Year()
    told_from = level(phase, jobs) if anomaly_score.NAME in rules else None
    work = partial(_year, names, days, told_from)
    for each in spread(work, range(first, first + outlets), jobs):
        found.add(each)
    seconds = time.monotonic() - began
    rows = [
        [f"`{name}`", f"{found.false[name] / days:.2f}", f"{found.factual[name] / days:.2f}",
         f"{found.seconds[name] / outlets * 1000:.1f}"]
        for name in rules
    ]  # fmt: skip
    head = ("rule", "false alarms a day", "facts a day", "ms an outlet")
    said_of = (
        f"SYNTHETIC: {outlets} honest outlets over {days} days (seeds {first}–{first + outlets - 1}), "
        f"{seconds:.0f} s over {jobs} processes, of which making them took "
        f"{found.seconds[''] / outlets * 1000:.0f} ms of a processor each.\n\n"
        f"False alarms a day: {_daily(found.days, days)}. With facts (missing, late, days over "
        f"the limit): {_daily(found.days + found.factual_days, days)}."
    )
    return f"{said_of}\n\n{table.markdown(head, rows)}\n"


def _daily(counts: Counter[int], days: int) -> str:
    each = np.array([counts[day] for day in range(days)])
    median, high = np.quantile(each, (0.5, 0.95))
    return f"mean {each.mean():.1f}, median {median:g}, 95 % of days ≤ {high:g}, most {each.max()}"


def _broken(names: Sequence[str], days: int, seed: int) -> list[str]:
    curves = outlet(seed, days)
    cuts = [24 * day for day in np.random.default_rng(seed).integers(days // 2, days, 3)]
    return [
        f"outlet {seed}, {curves.outlet.kind}: {each}"
        for rule in loaded(names).values()
        for each in broken(rule, curves, cuts)
    ]


def check(names: Sequence[str], outlets: int, days: int, phase: Phase, jobs: int) -> str:
    """Where rules look ahead, or further back than they say: a line each."""
    loaded(names)
    seeds = range(FIRST_SEED[phase], FIRST_SEED[phase] + outlets)
    lines = [line for found in spread(partial(_broken, names, days), seeds, jobs) for line in found]
    return "\n".join(lines) or f"{outlets} outlets: no rule looks ahead, or too far back"
