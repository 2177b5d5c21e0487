"""The rules: one pure file each, naming its clause. A rule sees data, register and clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.observation import Period
from monitor.rules import (
    anomaly_score,
    average_mismatch,
    calibration_after_exceedance,
    constant_value,
    cross_channel,
    day_night,
    exceedance,
    forecast_exceedance,
    furnace_temperature,
    late_data,
    limit_hugging,
    low_variance,
    maintenance_hours,
    marks_cover_exceedances,
    missing_data,
    near_detection_limit,
    negative_value,
    over_range,
    oxygen_decoupling,
    repeated_day,
    rewritten_value,
    step_change,
    stop_not_stopped,
    transmission_rate,
    ultra_low_share,
    zero_value,
)
from monitor.rules.base import CurveRule, Reason, Rule, Trace, Verdict, Window, WindowRule
from monitor.rules.dues import POWER, Due, grouped
from monitor.rules.power import POWER_RULES
from monitor.rules.power_base import PowerRule

WINDOW_RULES: Mapping[str, WindowRule] = {
    module.RULE.name: module.RULE
    for module in (average_mismatch, furnace_temperature, maintenance_hours, ultra_low_share)
}
"""Those that judge a span of data by what is within it."""

CURVE_RULES: Mapping[str, CurveRule[Any]] = {
    rule.name: rule
    for rule in (
        forecast_exceedance.RULE,
        missing_data.RULE,
        late_data.RULE,
        constant_value.RULE,
        zero_value.RULE,
        negative_value.RULE,
        over_range.RULE,
        step_change.RULE,
        limit_hugging.RULE,
        near_detection_limit.RULE,
        oxygen_decoupling.RULE,
        stop_not_stopped.RULE,
        rewritten_value.RULE,
        low_variance.RULE,
        repeated_day.RULE,
        day_night.RULE,
        cross_channel.RULE,
        calibration_after_exceedance.RULE,
        marks_cover_exceedances.RULE,
        transmission_rate.RULE,
        anomaly_score.RULE,
    )
}
"""Those that look at the shape of an outlet's hours."""

TUNED_RULES: Mapping[str, CurveRule[Any] | PowerRule[Any]] = {**CURVE_RULES, **POWER_RULES}
"""Those with thresholds of their own, which a bureau may set."""

SPAN_RULES: Mapping[str, Rule] = {**WINDOW_RULES, **TUNED_RULES}
"""All that judge spans, by name; `exceedance` judges a report by itself."""

SPANS: tuple[Rule, ...] = (*SPAN_RULES.values(), average_mismatch.RULE_OF_DAYS)
"""The same, with those of a name for another period."""

DUES: Mapping[str, Due] = grouped(SPANS)
"""The same by the reason under which their spans are due."""

_BY_PERIOD = {(rule.name, rule.period): rule for rule in SPANS}


def rule_of(name: str, period: Period) -> Rule | None:
    """The rule of a name that judges spans of a period; None where there is none."""
    return _BY_PERIOD.get((name, period))


def supports(rule: str, period: Period) -> tuple[Period, ...]:
    """The data within a finding's span that it rests on, besides the report that it was made of.

    An exceedance of a day has the day's hours beside it: of a part-marked day they are its mean.
    """
    if (known := rule_of(rule, period)) is not None:
        return known.reads
    return (Period.HOUR,) if period is Period.DAY else ()


NAMES = (exceedance.NAME, *SPAN_RULES)
"""Every rule."""

__all__ = [
    "CURVE_RULES",
    "DUES",
    "NAMES",
    "POWER",
    "POWER_RULES",
    "SPANS",
    "SPAN_RULES",
    "TUNED_RULES",
    "WINDOW_RULES",
    "CurveRule",
    "Due",
    "PowerRule",
    "Reason",
    "Rule",
    "Trace",
    "Verdict",
    "Window",
    "WindowRule",
    "grouped",
    "rule_of",
    "supports",
]
