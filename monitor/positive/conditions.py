"""The names of the conditions (纳入条件) that inclusion may ask for. A leaf of the package."""

from __future__ import annotations

from enum import StrEnum


class Condition(StrEnum):
    """A condition of being listed."""

    NETWORKED = "networked"
    """自动监控联网: an outlet that has reported lately."""
    CHECKED = "checked"
    """An on-site verification within the year that found nothing, or networked monitoring."""
    WITHIN_LIMITS = "within_limits"
    """在线数据稳定达标: no exceedance lately."""
    VIOLATIONS = "violations"
    """No violation that an on-site verification confirmed."""
    CASES = "cases"
    """No case (立案) against it."""
    STOP_ORDERS = "stop_orders"
    """No breach of an emergency order (应急减排)."""
    INDUSTRY = "industry"
    """Of no industry that is barred."""
    BAR = "bar"
    """Not barred from coming back (移出后限制再次纳入)."""
    CREDIT = "credit"
    """环保信用良好: no record here knows, a clerk states it."""
    RECOGNITION = "recognition"
    """经地方党委、政府或指挥部认定: a clerk states it."""
