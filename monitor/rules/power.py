"""The rules over power use by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.rules import meter_dark, night_power, stop_order_breach, treatment_off
from monitor.rules.power_base import PowerRule, PowerTrace, findings

POWER_RULES: Mapping[str, PowerRule[Any]] = {
    rule.name: rule
    for rule in (treatment_off.RULE, stop_order_breach.RULE, night_power.RULE, meter_dark.RULE)
}
"""Those that look at a line's production and treatment hour by hour."""

__all__ = ["POWER_RULES", "PowerRule", "PowerTrace", "findings"]
