"""The rules: one pure file each, naming its clause. A rule sees data, register and clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.observation import Period
from monitor.rules import (
    average_mismatch,
    exceedance,
    furnace_temperature,
    maintenance_hours,
    ultra_low_share,
)
from monitor.rules.base import Verdict, Window, WindowRule

_MODULES = (average_mismatch, furnace_temperature, maintenance_hours, ultra_low_share)

WINDOW_RULES: Mapping[str, WindowRule] = {module.RULE.name: module.RULE for module in _MODULES}
"""Those that judge a span of data; `exceedance` judges a report by itself."""


def supports(rule: str, period: Period) -> tuple[Period, ...]:
    """The data within a finding's span that it rests on, besides the report that it was made of.

    An exceedance of a day has the day's hours beside it: of a part-marked day they are its mean.
    """
    if rule in WINDOW_RULES:
        return WINDOW_RULES[rule].reads
    return (Period.HOUR,) if period is Period.DAY else ()


NAMES = (exceedance.NAME, *WINDOW_RULES)
"""Every rule."""

__all__ = ["NAMES", "WINDOW_RULES", "Verdict", "Window", "WindowRule", "supports"]
