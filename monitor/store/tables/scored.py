"""Anomaly scores by outlet and day, and the levels that were worked out from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Double, Index, Integer, Table

from monitor.store.tables.base import metadata

scores = Table(
    "scores",
    metadata,
    Column("day", Date, primary_key=True),
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("score", Double, nullable=False),
    Index("ix_scores_device", "device", "day"),
)
"""The largest score that any pollutant of an outlet had on a civil day."""

score_levels = Table(
    "score_levels",
    metadata,
    Column("day", Date, primary_key=True),
    Column("level", Double, nullable=False),
    Column("outlet_days", Integer, nullable=False),
)
"""From which score on anomalies of a day are told; worked out once, as the day began, from so many
outlet-days before it. It is a fact of the day: judging again does not move it.
"""
