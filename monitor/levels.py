"""The level of the anomaly score: from which score on a day is told, worked out as the day begins."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from monitor import scoring
from monitor.alerting import Bench
from monitor.rules import anomaly_score
from monitor.store import Connection, curves

_DAYS = 56
"""It is told from the scores of so many days before."""


def keep_level(connection: Connection, bench: Bench, today: date) -> None:
    """Work out from which anomaly score on a day is told, by the scores of the weeks before it; once.

    Where there are too few of them the threshold of the rule stands.
    """
    if curves.has_level(connection, today):
        return
    last = today - timedelta(days=2)  # yesterday is being judged
    first = last - timedelta(days=_DAYS - 1)
    known = curves.scores_within(connection, first, last)
    rows = {device: row for row, device in enumerate(sorted({one[0] for one in known}))}
    maxima = np.full((len(rows), _DAYS), np.nan)
    for device, day, score in known:
        maxima[rows[device], (day - first).days] = score
    borne = bench.thresholds_of(anomaly_score.NAME).per_hundred_weeks
    level = scoring.level(maxima, borne)
    if level is not None:
        curves.put_level(connection, today, level, len(known))
