"""What an hour of a whole country's outlets costs: averages from minutes, and judging of hour reports.

    python -m bench.judge [--outlets 25000 50000 100000] [--repeats K]

Averages: 60 minute means of six pollutants of every outlet become hours with flags, converted to
reference oxygen, some outlets at a time, so that memory does not grow. The floor is what is usually
written: a masked sum in floats, which depends on order, and no flags. Judging: an hour report of each
outlet against its six limits; the day's first report of a layout finds its limits (`first`), all others
know them (`suspect`), and what is suspect, or judged again, is judged in full (`judge`). A JSON line
each, with the processor's seconds, the best of some repeats; the share of a core is that of averages, and
of the day's first hour, which costs most.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from monitor.averages import AIR, converted, hours
from monitor.averages.sums import Bools, Floats
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.register import Basis, Check, Limit, Register
from monitor.rules import exceedance

BOUNDS = {
    "a21026": 35.0, "a21002": 50.0, "a34013": 10.0, "a19001": 21.0, "a21005": 80.0, "a21024": 50.0,
}  # fmt: skip
"""The pollutants and their limits; the fourth is oxygen."""
OXYGEN = list(BOUNDS).index("a19001")
MINUTES = 60
TOGETHER = 2000
"""Outlets whose minutes are in memory at a time: 6 MB of them."""
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = date(2026, 11, 1)


def seconds(work: Callable[[], object]) -> float:
    """Of the processor: all of this is one thread that waits for nothing, and others use the machine."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def minutes(rng: np.random.Generator, outlets: int) -> tuple[Floats, Bools]:
    """An hour: a fiftieth marked, a hundredth missing, two decimals as devices send them."""
    levels = np.array(list(BOUNDS.values()))[:, None] * 0.5
    values = np.round(rng.lognormal(0, 0.2, (outlets, len(BOUNDS), MINUTES)) * levels, 2)
    values[rng.random(values.shape) < 0.01] = np.nan
    valid = rng.random(values.shape) >= 0.02
    return values.reshape(-1, MINUTES), valid.reshape(-1, MINUTES)


def average(values: Floats, valid: Bools) -> None:
    """As a rule does it: hours of all, converted by the oxygen of their outlet."""
    hour = hours(values, valid, AIR)
    rows = np.arange(len(values))
    place = rows % len(BOUNDS)
    reference = np.where(place == OXYGEN, np.nan, 9.0)[:, None]
    converted(hour, hour.of(rows - place + OXYGEN), reference)


def plain(values: Floats, valid: Bools) -> None:
    """The floor."""
    there = valid & np.isfinite(values)
    np.where(there, values, 0.0).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)


def averages(outlets: int, repeats: int) -> dict[str, float]:
    best = {"averages_s": np.inf, "plain_s": np.inf}
    for repeat in range(repeats):
        rng = np.random.default_rng(repeat)
        took = dict.fromkeys(best, 0.0)
        for at in range(0, outlets, TOGETHER):
            data = minutes(rng, min(TOGETHER, outlets - at))
            took["averages_s"] += seconds(lambda data=data: average(*data))
            took["plain_s"] += seconds(lambda data=data: plain(*data))
        best = {name: min(best[name], took[name]) for name in best}
    return best


LAYOUT = Layout(
    tuple((code, kind) for code in BOUNDS for kind in (Statistic.VALUE, Statistic.CONVERTED))
)


def register(outlets: int) -> Register:
    """Six limits at each outlet, on converted values."""
    return Register(
        limits=tuple(
            Limit(
                id=n * len(BOUNDS) + index,
                mn=f"{n:024X}",
                pollutant=code,
                period=Period.HOUR,
                limit=bound,
                basis=Basis.CONVERTED,
                clause="表1",
                valid_from=date(2024, 1, 1),
            )
            for n in range(outlets)
            for index, (code, bound) in enumerate(BOUNDS.items())
        )
    )


def reports(outlets: int) -> list[Readings]:
    """An hour report an outlet; about one in a hundred beyond a limit."""
    rng = np.random.default_rng(212)
    bounds = np.repeat(np.array(list(BOUNDS.values())), 2)
    values = np.round(rng.uniform(0.2, 0.95, (outlets, len(bounds))) * bounds, 2)
    values[rng.random(outlets) < 0.01, 1] = 50.0
    flags = ("N",) * len(BOUNDS)
    end = BEGIN + timedelta(hours=1)
    return [
        Readings(f"{n:024X}", Period.HOUR, BEGIN, end, LAYOUT, tuple(row), flags)
        for n, row in enumerate(values.tolist())
    ]


Bound = list[tuple[Readings, Sequence[Check]]]


def judging(outlets: int, repeats: int) -> dict[str, float]:
    arrived = reports(outlets)
    best: dict[str, float] = {}
    for _ in range(repeats):
        books = register(outlets)
        books.has_limits("", Period.HOUR)  # the books are indexed once, when they change

        def bind(books: Register = books) -> Bound:
            return [(r, books.checks(r.mn, r.period, r.layout, DAY)) for r in arrived]

        def sift(bind: Callable[[], Bound] = bind) -> int:
            return sum(exceedance.suspect(r, checks) for r, checks in bind())

        def judge(bind: Callable[[], Bound] = bind) -> int:
            return sum(v.exceeds for r, c in bind() for v in exceedance.judge(r, c))

        took = {"first_s": seconds(sift), "suspect_s": seconds(sift), "judge_s": seconds(judge)}
        assert judge() == sift() > 0
        best = {name: min(best.get(name, np.inf), took[name]) for name in took}
    return best


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.judge", description=__doc__)
    parser.add_argument("--outlets", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    for measure, name in ((averages, "averages_s"), (judging, "first_s")):
        least = None
        for outlets in options.outlets:
            took = measure(outlets, options.repeats)
            least = least or took[name] / outlets
            line = {
                "outlets": outlets,
                **{key: round(value, 3) for key, value in took.items()},
                "share_of_a_core": round(took[name] / 3600, 6),
                "an_outlet_of_the_smallest": round(took[name] / outlets / least, 2),
                "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "repeats": options.repeats,
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
