"""What is true of an injected outlet, and within which time a rule must say so to have found it."""

from __future__ import annotations

from dataclasses import dataclass

LATENCY, LATENCY_OF_DAYS = 24, 48
"""So many hours after the injected span a detection still counts: of a rule over hours, over days."""

NO_LATENCY = frozenset({"forecast-exceedance"})
"""A forecast that comes after the day is none."""

SCORE = "anomaly-score"
"""The rule that is meant to see what no other rule is for."""

RULES = (
    "constant-value", "low-variance", "zero-value", "negative-value", "over-range", "step-change",
    "limit-hugging", "near-detection-limit", "repeated-day", "day-night", "oxygen-decoupling",
    "stop-not-stopped", "cross-channel", "calibration-after-exceedance", "marks-cover-exceedances",
    "forecast-exceedance", "missing-data", "late-data", "rewritten-value", SCORE,
)  # fmt: skip
"""The rules that faults are injected for, whether they exist yet or not."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A span that an inspector would agree on."""

    rule: str
    """The rule that is meant to find it."""
    channel: str
    """Empty where it is about the outlet as a whole, and any channel will do."""
    first: int
    """Slot of the hour in which it begins …"""
    last: int
    """… and in which it ends."""

    def until(self, days: bool) -> int:
        """The last slot at which a detection counts, by a rule over hours or over days."""
        if self.rule in NO_LATENCY:
            return self.last
        return self.last + (LATENCY_OF_DAYS if days else LATENCY)

    def concerns(self, pollutant: str) -> bool:
        """Whether what is said of a channel (or of the outlet, empty) can be about this."""
        return not self.channel or not pollutant or self.channel == pollutant
