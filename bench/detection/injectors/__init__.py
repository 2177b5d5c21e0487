"""Faults to be found: each is a pure function from curves to other curves and what is true of them.

Their parameters are drawn from `bench.detection.parameters`. Outside the spans of its truths an injector
changes nothing. Faults of power use have no place here: they need other data than curves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from numpy.random import Generator

from bench.detection.injectors import channels, process, reporting, values
from bench.detection.injectors.editing import WARM_UP, Injected, Injector
from bench.detection.parameters import Draw, Phase
from bench.detection.series import sent_first
from monitor.curves import Curve, Curves

INJECTORS: Mapping[str, Injector] = {
    each.name: each
    for module in (values, process, channels, reporting)
    for each in module.INJECTORS
}
"""By name."""


def inject(name: str, curves: Curves, rng: Generator, phase: Phase = Phase.DEV) -> Injected:
    """An injector's curves and truths; the same curves and no truth where it does not apply."""
    made, truths = INJECTORS[name].make(curves, Draw(name, phase, rng))
    return replace(
        made, channels={c: _told_first(each) for c, each in made.channels.items()}
    ), truths


def _told_first(curve: Curve) -> Curve:
    """The converted value that was sent first, as it follows from the measured one."""
    return replace(curve, first_converted=sent_first(curve.value, curve.converted, curve.first))


def excused(rule: str) -> frozenset[str]:
    """The injectors within whose spans a rule may well speak although another is meant to."""
    return frozenset(each.name for each in INJECTORS.values() if rule in each.also)


__all__ = ["INJECTORS", "WARM_UP", "Injected", "Injector", "excused", "inject"]
