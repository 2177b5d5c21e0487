"""Inhibition (抑制): of several rules that see one thing, the one that says most is told. Pure.

`MUTES` is the whole table: while an alert of the rule on the left is open and not dismissed, alerts of
those on the right are kept and told to nobody, at the same outlet, of the same pollutant (of any, where
the one on the left is about the outlet as a whole), where the spans overlap. What is muted mutes nothing,
so that there is always one that is told; what asks for a visit is never muted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SHAPES = (
    "low-variance",
    "limit-hugging",
    "repeated-day",
    "day-night",
    "step-change",
    "cross-channel",
    "near-detection-limit",
)
"""What a curve looks like that does not move."""

CATCH_ALL = "anomaly-score"
"""It says that something is odd, and every other rule over the same data says what."""

_NOT_NAMED = frozenset(
    {
        CATCH_ALL,
        "video-event",
        "drone-finding",
        "hotspot",
        "complaint",
        "treatment-off",
        "stop-order-breach",
        "night-power",
        "meter-dark",
        "missing-data",
        "late-data",
        "transmission-rate",
        "maintenance-hours",
    }
)
"""They are not about a pollutant's curve, so they do not say what an anomaly is."""

MUTES: Mapping[str, frozenset[str]] = {
    "over-range": frozenset({"constant-value", "step-change", *_SHAPES}),
    "negative-value": frozenset({"constant-value", "zero-value", *_SHAPES}),
    "zero-value": frozenset({"constant-value", *_SHAPES}),
    "constant-value": frozenset(_SHAPES),
    "repeated-day": frozenset({"low-variance", "day-night"}),
    "limit-hugging": frozenset({"low-variance"}),
    "near-detection-limit": frozenset({"low-variance"}),
    "exceedance": frozenset({"forecast-exceedance"}),
}
"""Beside these every named rule over analysers' data mutes `anomaly-score`."""


def mutes(rule: str) -> frozenset[str]:
    """The rules whose alerts an open alert of this rule mutes."""
    named = MUTES.get(rule, frozenset())
    return named if rule in _NOT_NAMED else named | {CATCH_ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An alert as far as inhibition looks at it."""

    id: int
    rule: str
    outlet: int | None
    """The device's number; None = of no outlet, which neither mutes nor is muted."""
    pollutant: str | None
    """None = about the outlet as a whole."""
    period: str | None
    start_ms: int
    end_ms: int
    open: bool
    """Open, and neither dismissed nor late."""
    verify: bool
    """Asks for a visit."""


_MOMENTARY = frozenset({"realtime", "minute"})
"""An exceedance of these says nothing yet of the hour that a forecast is about."""


def _over(one: Heard, other: Heard) -> bool:
    """Whether an alert is in the way of another, but for whether it is muted itself."""
    return (
        one.open
        and not other.verify
        and one.period not in _MOMENTARY
        and one.id != other.id
        and one.outlet is not None
        and one.outlet == other.outlet
        and one.pollutant in (None, other.pollutant)
        and other.rule in mutes(one.rule)
        and one.start_ms <= other.end_ms
        and other.start_ms <= one.end_ms
    )


def muted(alerts: Iterable[Heard]) -> dict[int, int]:
    """Which alert is muted by which, in whatever order they are given; those that are not are left out.

    Of several that could, the one that began first (of equals the one with the lower number) does.
    """
    ordered = sorted(alerts, key=lambda each: (_rank(each.rule), each.start_ms, each.id))
    found: dict[int, int] = {}
    for at, one in enumerate(ordered):
        above = (each for each in ordered[:at] if each.id not in found and _over(each, one))
        first = min(above, key=lambda each: (each.start_ms, each.id), default=None)
        if first is not None:
            found[one.id] = first.id
    return found


def _rank(rule: str) -> int:
    """The longest way down to a rule in the table: who mutes it has a lower one."""
    return _RANKS.get(rule, _LAST if rule == CATCH_ALL else 0)


def _ranks() -> dict[str, int]:
    ranks: dict[str, int] = {}

    def rank(rule: str, below: tuple[str, ...]) -> int:
        if rule in below:
            raise ValueError(f"rules that mute each other: {' > '.join((*below, rule))}")
        if rule not in ranks:
            above = [other for other, named in MUTES.items() if rule in named]
            ranks[rule] = max((rank(other, (*below, rule)) + 1 for other in above), default=0)
        return ranks[rule]

    for rule in {*MUTES, *(named for some in MUTES.values() for named in some)}:
        rank(rule, ())
    return ranks


_RANKS = _ranks()
_LAST = max(_RANKS.values()) + 1
