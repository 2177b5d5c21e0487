"""The parameters of injected faults: from which bounds they are drawn, in the two kinds of run.

Frozen before any rule was tuned. Rules may be tuned on DEV. FINAL has other seeds and wider or shifted
bounds, and is run once, at the end; nothing is to be tuned on it. Rules were worked on again after it, on
DEV; the later ones have the bounds of FINAL and seeds of their own, and are run once each.

Hours and counts are drawn log-uniformly, all else uniformly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from numpy.random import Generator

from bench.detection.noise import Bounds, log_uniform, uniform


class Phase(StrEnum):
    """Which run."""

    DEV = "dev"
    FINAL = "final"
    SECOND_FINAL = "second-final"
    THIRD_FINAL = "third-final"
    FOURTH_FINAL = "fourth-final"


FIRST_SEED: Mapping[Phase, int] = {
    Phase.DEV: 1_000,
    Phase.FINAL: 7_000_000,
    Phase.SECOND_FINAL: 17_000_000,
    Phase.THIRD_FINAL: 27_000_000,
    Phase.FOURTH_FINAL: 37_000_000,
}
"""Outlets have the seeds from this one on."""

COUNTED = frozenset({"hours", "days", "count", "every", "peak_hours", "period"})

TABLE: Mapping[str, Mapping[str, tuple[Bounds, Bounds]]] = {
    # injector: parameter: (dev, final)
    "stuck-channel": {"hours": ((6, 60), (4, 72)), "raw": ((0, 1), (0, 1))},
    "stuck-velocity": {"hours": ((6, 60), (4, 72))},
    "stuck-oxygen": {"hours": ((6, 60), (4, 72))},
    "low-variance": {"days": ((16, 25), (15, 30)), "cv": ((0.01, 0.03), (0.008, 0.04))},
    "zero-value": {"hours": ((4, 48), (2, 72))},
    "negative-value": {"hours": ((2, 24), (1, 36)), "share": ((0.05, 0.3), (0.03, 0.5))},
    "over-range": {"hours": ((2, 12), (1, 18)), "share": ((0.05, 0.5), (0.02, 0.8))},
    "step-change": {
        "hours": ((8, 96), (6, 120)),
        "left": ((0.1, 0.42), (0.08, 0.45)),
        "cv": ((0.005, 0.03), (0.003, 0.035)),
    },
    "limit-hugging": {
        "hours": ((30, 240), (24, 300)),
        "low": ((0.91, 0.94), (0.90, 0.95)),
        "width": ((0.02, 0.05), (0.01, 0.05)),
    },
    "near-detection-limit": {
        "hours": ((14, 96), (12, 144)),
        "share": ((0.0, 0.06), (0.0, 0.1)),
        "oxygen_too": ((0, 1), (0, 1)),
        "all": ((0, 1), (0, 1)),
    },
    "repeated-day": {
        "days": ((1, 5), (1, 7)),
        "back": ((1, 14), (1, 21)),
        "noise": ((-0.003, 0.003), (-0.004, 0.005)),
        "all": ((0, 1), (0, 1)),
    },
    "night-untreated": {"days": ((8, 25), (6, 30)), "factor": ((1.8, 3.0), (1.6, 3.5))},
    "night-faked": {
        "days": ((8, 25), (6, 30)),
        "level": ((0.3, 0.55), (0.25, 0.65)),
        "cv": ((0.01, 0.05), (0.01, 0.08)),
    },
    "dilution": {"hours": ((24, 240), (18, 300)), "air": ((0.3, 0.6), (0.25, 0.7))},
    "oxygen-faked": {"hours": ((12, 120), (8, 168)), "oxygen": ((20.2, 20.9), (19.6, 21.0))},
    "flag-stop": {"hours": ((8, 96), (6, 144))},
    "mark-stop": {"hours": ((8, 96), (6, 144))},
    "cross-flat": {"days": ((3, 12), (3, 16)), "cv": ((0.005, 0.02), (0.003, 0.03))},
    "cross-independent": {"days": ((5, 14), (4, 18))},
    "calibration-after-exceedance": {
        "count": ((4, 10), (3, 12)),
        "every": ((48, 140), (36, 160)),
        "peak_hours": ((2, 4), (2, 6)),
        "above": ((1.1, 2.0), (1.05, 2.5)),
    },
    "marks-cover-exceedances": {
        "count": ((5, 14), (4, 18)),
        "every": ((36, 110), (24, 120)),
        "peak_hours": ((1, 6), (1, 8)),
        "above": ((1.1, 2.0), (1.05, 2.5)),
    },
    "forecast-exceedance": {"from": ((0, 10), (0, 12)), "above": ((1.08, 1.6), (1.05, 2.0))},
    "gap": {"hours": ((3, 96), (2, 200))},
    "gap-channel": {"hours": ((4, 96), (3, 200))},
    "late": {"hours": ((6, 120), (4, 168))},
    "rewritten": {
        "count": ((2, 8), (1, 10)),
        "days": ((1, 3), (1, 4)),
        "above": ((1.05, 1.8), (1.02, 2.2)),
    },
    "drift": {"days": ((12, 28), (10, 32)), "left": ((0.3, 0.55), (0.25, 0.65))},
    "collapse": {"days": ((5, 14), (4, 16)), "left": ((0.1, 0.25), (0.08, 0.35))},
    "level-shift": {"days": ((5, 20), (4, 25)), "shift": ((0.28, 0.4), (0.25, 0.45))},
    "slow-sinus": {
        "days": ((8, 20), (6, 25)),
        "period": ((36, 96), (30, 120)),
        "amplitude": ((0.25, 0.45), (0.2, 0.5)),
    },
    "oxygen-lowered": {"days": ((4, 20), (3, 25)), "points": ((2.5, 5.0), (2.0, 6.0))},
}


@dataclass(frozen=True)
class Draw:
    """The parameters of an injector, drawn by name."""

    injector: str
    phase: Phase
    rng: Generator

    def bounds(self, name: str) -> Bounds:
        """Between what a parameter is drawn."""
        dev, final = TABLE[self.injector][name]
        return dev if self.phase is Phase.DEV else final

    def __call__(self, name: str) -> float:
        if name in COUNTED:
            return log_uniform(self.rng, self.bounds(name))
        return uniform(self.rng, self.bounds(name))

    def whole(self, name: str) -> int:
        """A whole number of hours, days or times."""
        return round(self(name))

    def chance(self, name: str) -> bool:
        """One of two ways, as likely as the other; `name` is drawn from 0 to 1."""
        return self(name) < 0.5
