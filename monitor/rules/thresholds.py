"""Thresholds of rules as a bureau gives them, held against those there are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from monitor.rules.base import CurveRule
from monitor.rules.power_base import PowerRule

_OF_THE_CLOCK = ("night_from", "night_until", "hour")
"""Civil hours: 0 is one."""
_MOST_DAYS = 90
"""A rule looks no further back than this, whatever it is given: data is loaded for each hour anew."""


def given(rule: CurveRule[Any] | PowerRule[Any], values: Mapping[str, float]) -> Any:
    """The thresholds of a rule with some of them given; raises ValueError, naming what is wrong."""
    kinds = {
        each.name: type(getattr(rule.thresholds, each.name)) for each in fields(rule.thresholds)
    }
    for name, value in values.items():
        if name not in kinds:
            raise ValueError(f"{rule.name} has no threshold {name}; it has: {', '.join(kinds)}")
        if value < 0:
            raise ValueError(f"{rule.name}.{name}: {value} is below zero")
        if kinds[name] is int and value != int(value):
            raise ValueError(f"{rule.name}.{name}: {value} is no whole number")
        if kinds[name] is int and value < 1 and name not in _OF_THE_CLOCK:
            raise ValueError(f"{rule.name}.{name}: at least 1 is needed")
    made = replace(rule.thresholds, **{name: kinds[name](value) for name, value in values.items()})
    if rule.lookback(made) > _MOST_DAYS * 24:
        raise ValueError(f"{rule.name} would look back more than {_MOST_DAYS} days")
    return made


def told(thresholds: Any) -> dict[str, float]:
    """Thresholds as they are stated in answers and evidence."""
    return asdict(thresholds)
