"""What a bureau decides about its list: categories, the numbers of the conditions, bars on re-entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.positive.categories import Categories
from monitor.positive.inclusion import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The list's rules, as the configuration has them."""

    categories: Categories = field(default_factory=Categories)
    conditions: Conditions = field(default_factory=Conditions)
    bars: Mapping[str, int] = field(default_factory=dict)
    """Months that an enterprise stays off the list, by the kind of what it was removed for."""
    expiring_days: int = 30
    """How long after the month under review a listing that runs out is named in it."""
