"""The rules: one pure file each, naming its clause. A rule sees data, register and clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.rules import average_mismatch, exceedance, furnace_temperature, ultra_low_share
from monitor.rules.base import Verdict, Window, WindowRule

WINDOW_RULES: Mapping[str, WindowRule] = {
    rule.name: rule
    for rule in (average_mismatch.RULE, furnace_temperature.RULE, ultra_low_share.RULE)
}
"""Those that judge a span of data; `exceedance` judges a report by itself."""

NAMES = (exceedance.NAME, *WINDOW_RULES)
"""Every rule."""

__all__ = ["NAMES", "WINDOW_RULES", "Verdict", "Window", "WindowRule"]
