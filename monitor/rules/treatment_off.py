"""Treatment off (治理设施停运): production runs, and its treatment does not.

Ground: 用电监管 — a facility for treatment runs whenever what it treats is produced (同步运行); whoever
produces without it evades supervision. The shares are the trade's habit (10 % and 10 % for 15 minutes):
no standard has them. Told only where both sides are known: a meter that is dark accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.power import TREATMENT, Line, Order
from monitor.rules.power_base import PowerRule, PowerTrace, longest_run, spoken_of
from monitor.rules.tracing import said

NAME = "treatment-off"


@dataclass(frozen=True)
class Thresholds:
    """When treatment is found to be off."""

    production_share: float = 0.10
    """Production draws more than this share of what is installed, …"""
    treatment_share: float = 0.10
    """… treatment less than this share, …"""
    minutes: int = 15
    """… for so many minutes in a row within an hour (whole quarters)."""


def judge(line: Line, _orders: Sequence[Order], thresholds: Thresholds) -> Iterator[PowerTrace]:
    """One trace, of the treatment's meter: the least share that it drew while production ran."""
    meter = spoken_of(line.meters, TREATMENT)
    if meter is None or not line.production_rated or not line.treatment_rated:
        return
    produced, treated = line.production_share, line.treatment_share
    off = (produced > thresholds.production_share) & (treated < thresholds.treatment_share)
    known = (np.isfinite(produced) & np.isfinite(treated)).all(axis=1)
    least = np.where(off, treated, np.inf).min(axis=1)
    bound = thresholds.treatment_share
    run = longest_run(off)
    raised = run * 15 >= max(thresholds.minutes, 15)
    yield PowerTrace(
        device=meter,
        pollutant="P",
        raised=raised,
        cleared=np.asarray(known & ~off.any(axis=1), dtype=np.bool_),
        value=np.where(raised, least, np.nan),
        bound=bound,
        ratio=np.where(raised, (bound - least) / bound, 0.0),
        since=np.arange(line.hours, dtype=np.int64),
        detail={
            "minutes": off.sum(axis=1) * 15,
            "production": np.where(off, produced, -np.inf).max(axis=1),
        },
    )


RULE = PowerRule(
    name=NAME,
    title={"zh": "治理设施停运", "en": "Treatment off"},
    facility=TREATMENT,
    judge=judge,
    lookback=lambda _t: 0,
    thresholds=Thresholds(),
    clause="用电监管（生产设施与治理设施同步运行）",
    ground={
        "zh": "生产设施在用电而治理设施几乎不用电：可能停运治理设施直接排放",
        "en": "production draws power and its treatment hardly any: it may be switched off",
    },
    reason=said(
        "该小时内有 {minutes:.0f} 分钟生产设施负荷达额定的 {production:.0%}，"
        "而治理设施负荷仅为额定的 {value:.1%}（低于 {bound:.0%}）",
        "for {minutes:.0f} minutes of the hour production drew up to {production:.0%} of what is "
        "installed, and treatment as little as {value:.1%} (below {bound:.0%})",
    ),
)
