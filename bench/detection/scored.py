"""A file of numbers with the product's anomaly score beside each: for anybody who has labelled data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from monitor.averages import Floats
from monitor.scoring import score


def run(source: Path, target: Path, column: str, timestamp: str, season: int) -> int:
    """Write timestamp, value and score of every row; returns how many. Rows are equally far apart.

    Raises SystemExit where the file has no such columns. What is no number is NaN, and has no score.
    """
    with source.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        lacking = {column, timestamp} - set(reader.fieldnames or ())
        if lacking:
            raise SystemExit(f"{source} has no column {', '.join(sorted(lacking))}")
        rows = list(reader)
    values: Floats = np.array([_number(row[column]) for row in rows], dtype=np.float64)
    scores = score(values, season=season)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((timestamp, column, "score"))
        for row, each in zip(rows, scores, strict=True):
            writer.writerow(
                (row[timestamp], row[column], "" if np.isnan(each) else repr(float(each)))
            )
    return len(rows)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")
