"""Results as markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from math import sqrt

from bench.detection.injectors import INJECTORS
from bench.detection.noise import Bounds
from bench.detection.parameters import TABLE
from bench.detection.study import Attempt, Findings


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def by_rule(found: Findings, rules: Sequence[str]) -> str:
    """How well each rule finds what it is for, and how often it speaks in vain."""
    head = ("rule", "injected", "found", "recall (95 %)", "median delay, h",
            "false alarms per outlet-month", "facts per outlet-month", "stray")  # fmt: skip
    rows = []
    for name in rules:
        tried = [each for each in found.attempts if each.rule == name]
        false, facts = found.false[name] / found.months, found.factual[name] / found.months
        rows.append([f"`{name}`", *_recall(tried), f"{false:.4f}", f"{facts:.3f}",
                     found.stray[name]])  # fmt: skip
    total = sum(found.false.values()) / found.months
    rows.append(["all", "", "", "", "", f"{total:.4f}", "", sum(found.stray.values())])
    return markdown(head, rows)


def by_injector(found: Findings) -> str:
    """The same by fault."""
    head = ("fault", "for", "injected", "found", "recall (95 %)", "median delay, h")
    rows = []
    for name, injector in INJECTORS.items():
        tried = [each for each in found.attempts if each.injector == name]
        if tried:
            rows.append([name, f"`{injector.rule}`", *_recall(tried)])
    return markdown(head, rows)


def faults() -> str:
    """The frozen faults: parameters of both runs, and which other rules are excused within them."""
    head = ("fault", "for", "parameters: dev, final", "excused")
    rows = []
    for name, injector in INJECTORS.items():
        drawn = "; ".join(
            f"{each} {_span(dev)}, {_span(final)}" for each, (dev, final) in TABLE[name].items()
        )
        excused = ", ".join(f"`{rule}`" for rule in sorted(injector.also - {injector.rule}))
        rows.append([name, f"`{injector.rule}`", drawn, excused])
    return markdown(head, rows)


def _span(bounds: Bounds) -> str:
    return f"{bounds[0]:g}…{bounds[1]:g}"


def _recall(tried: Sequence[Attempt]) -> tuple[str, str, str, str]:
    hours = [each.hours for each in tried if each.hours is not None]
    if not tried:
        return "0", "", "", ""
    low, high = wilson(len(hours), len(tried))
    recall = f"{len(hours) / len(tried):.3f} ({low:.2f}–{high:.2f})"
    return (
        str(len(tried)),
        str(len(hours)),
        recall,
        f"{statistics.median(hours):g}" if hours else "",
    )


def wilson(found: int, tried: int) -> tuple[float, float]:
    """The bounds of a share with 95 % confidence (Wilson's score interval)."""
    z, share = 1.96, found / tried
    middle = share + z * z / (2 * tried)
    reach = z * sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    scale = 1 + z * z / tried
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
