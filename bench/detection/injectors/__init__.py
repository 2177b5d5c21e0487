"""Faults to be found: each is a pure function from curves to other curves and what is true of them.

Their parameters are drawn from `bench.detection.parameters`. Outside the spans of its truths an injector
changes nothing. Faults of power use have no place here: they need other data than curves.
"""

from __future__ import annotations

from collections.abc import Mapping

from numpy.random import Generator

from bench.detection.injectors import channels, process, reporting, values
from bench.detection.injectors.editing import WARM_UP, Injected, Injector
from bench.detection.parameters import Draw, Phase
from monitor.curves import Curves

INJECTORS: Mapping[str, Injector] = {
    each.name: each
    for module in (values, process, channels, reporting)
    for each in module.INJECTORS
}
"""By name."""


def inject(name: str, curves: Curves, rng: Generator, phase: Phase = Phase.DEV) -> Injected:
    """An injector's curves and truths; the same curves and no truth where it does not apply."""
    return INJECTORS[name].make(curves, Draw(name, phase, rng))


def excused(rule: str) -> frozenset[str]:
    """The injectors within whose spans a rule may well speak although another is meant to."""
    return frozenset(each.name for each in INJECTORS.values() if rule in each.also)


__all__ = ["INJECTORS", "WARM_UP", "Injected", "Injector", "excused", "inject"]
