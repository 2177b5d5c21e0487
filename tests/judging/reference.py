"""What the written rules say of one outlet's data, worked out as naively as can be.

It shares no code with the product: plain sets of minutes, lists and loops over the whole span, from
docs/marks.md, docs/api.md, docs/register.md and the texts that they name. It imports nothing of it.
"""

from __future__ import annotations

import calendar
import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ALLOWANCES = Path(__file__).parents[2] / "monitor" / "marks" / "allowances.csv"
SILENCE = {
    "realtime": timedelta(hours=1),
    "minute": timedelta(hours=2),
    "hour": timedelta(hours=24),
    "day": timedelta(days=3),
    "month": timedelta(days=62),
}
FLOW, FURNACE = "w00000", "a01901"


@dataclass(frozen=True)
class Number:
    """What a report says of a pollutant."""

    measured: float | None
    converted: float | None
    flag: str | None

    @property
    def valid(self) -> bool:
        """Not marked, or marked normal."""
        return self.flag in (None, "N")

    def by(self, basis: str) -> float | None:
        """The number of a basis, where there is one."""
        number = self.measured if basis == "measured" else self.converted
        return None if number is None or math.isnan(number) else number


@dataclass(frozen=True)
class Told:
    """A report as it was sent once."""

    period: str
    start: datetime
    end: datetime
    numbers: dict[str, Number]
    late: bool
    sent: int
    received: int


@dataclass(frozen=True)
class Bound:
    """A limit of the register."""

    pollutant: str
    period: str
    limit: float | None
    lower: float | None
    basis: str
    share: float
    valid_from: date
    valid_to: date | None

    def beyond(self, value: float) -> float | None:
        """The bound that a value is beyond."""
        if self.limit is not None and value > self.limit:
            return self.limit
        if self.lower is not None and value < self.lower:
            return self.lower
        return None


@dataclass(frozen=True)
class Said:
    """A mark."""

    pollutant: str | None
    device: bool
    item: str
    start: datetime
    end: datetime
    manual: bool
    submitted: datetime
    ordered: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A period of which a rule found something."""

    rule: str
    period: str
    pollutant: str
    start: datetime
    end: datetime
    value: float
    bound: float
    ratio: float
    late: bool = False


@dataclass(frozen=True)
class Episode:
    """An alert."""

    rule: str
    period: str
    pollutant: str
    start: datetime
    end: datetime
    count: int
    value: float
    bound: float
    ratio: float
    state: str
    silent: bool


def minute(at: datetime) -> int:
    """Minutes since 1970."""
    return int(at.timestamp()) // 60


def minutes(start: datetime, end: datetime) -> range:
    """Those of [start, end); marks begin and end on whole minutes here."""
    return range(minute(start), minute(end))


def clock(at: int) -> datetime:
    """The civil time of a minute."""
    return datetime.fromtimestamp(at * 60, ZONE)


def midnight(on: date) -> datetime:
    """The first instant of a civil day."""
    return datetime.combine(on, time(), ZONE)


@dataclass
class Reference:
    """One outlet: its kind, medium and limits, all that it sent and all marks."""

    kind: str | None
    water: bool
    bounds: Sequence[Bound]
    reports: Sequence[Told]
    marks: Sequence[Said]
    now: datetime
    _device: dict[str, set[int]] = field(default_factory=dict)
    _both: dict[str, set[int]] = field(default_factory=dict)
    _cold: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hours_of_day = 1 if self.water else 20
        self.versions: dict[tuple[str, datetime, str], list[tuple[Told, Number]]] = defaultdict(
            list
        )
        for told in self.reports:
            for pollutant, number in told.numbers.items():
                self.versions[told.period, told.start, pollutant].append((told, number))
        self.last = {
            key: max(told, key=lambda one: (one[0].sent, one[0].received))
            for key, told in self.versions.items()
        }
        self.pollutants = {key[2] for key in self.versions} | {b.pollutant for b in self.bounds}
        self._mark()

    # --- marks ---------------------------------------------------------------------------

    def _mark(self) -> None:
        with ALLOWANCES.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self._device = {p: set() for p in self.pollutants}
        self._both = {p: set() for p in self.pollutants}
        standing: list[tuple[Said, dict[str, str] | None, set[int]]] = []
        for mark in self.marks:
            row = self._row(rows, mark)
            left = {at for at in minutes(mark.start, mark.end) if self._timely(mark, clock(at))}
            if mark.device:
                standing.append((mark, row, left))
            elif row is not None:
                if row["each_hours"]:
                    longest = mark.start + float(row["each_hours"]) * HOUR
                    left = {at for at in left if clock(at) < longest}
                if row["guard"]:
                    left = {at for at in left if self._guarded(row, clock(at))}
                standing.append((mark, row, left))
        granted = self._draw(standing)
        for mark, row, left in standing:
            if not mark.device and row is not None and row["budget"]:
                left &= granted[row["budget"]]
            means = self._means(mark, row)
            for pollutant in means:
                self._both[pollutant] |= left
                if mark.device:
                    self._device[pollutant] |= left
            if row is not None and row["cold_furnace"] == "yes" and FURNACE in means:
                self._cold |= left

    def _row(self, rows: Iterable[dict[str, str]], mark: Said) -> dict[str, str] | None:
        wanted = "device" if mark.device else "condition"
        own = [r for r in rows if r["class"] == wanted and r["item"] == mark.item]
        for kind in (self.kind, "*"):
            for row in own:
                if row["kinds"] == kind:
                    return row
        return None

    def _means(self, mark: Said, row: dict[str, str] | None) -> set[str]:
        """The pollutants that a mark speaks of, and its rule too."""
        allowed = self.pollutants
        if row is not None and row["pollutants"]:
            allowed = allowed & set(row["pollutants"].split("|"))
        return allowed if mark.pollutant is None else allowed & {mark.pollutant}

    def _timely(self, mark: Said, at: datetime) -> bool:
        """Whether a mark is in time for the data of an instant."""
        if not mark.manual:
            return True
        if mark.ordered is not None and mark.submitted <= mark.ordered + 6 * HOUR:
            return True
        if self.kind == "incinerator":
            return mark.submitted <= mark.start + HOUR
        noon = datetime.combine(at.date() + DAY, time(12), ZONE)
        return mark.submitted <= noon

    def _guarded(self, row: dict[str, str], at: datetime) -> bool:
        """Whether the hour of an instant has nothing that speaks against a mark."""
        told = self.last.get(("hour", at.replace(minute=0, second=0, microsecond=0), row["guard"]))
        if told is None or not told[1].valid:
            return True
        value = told[1].by("converted")
        if value is None:
            value = told[1].by("measured")
        if value is None:
            return True
        low = -math.inf if not row["guard_low"] else float(row["guard_low"])
        high = math.inf if not row["guard_high"] else float(row["guard_high"])
        return low <= value <= high

    def _draw(
        self, standing: Iterable[tuple[Said, dict[str, str] | None, set[int]]]
    ) -> dict[str, set[int]]:
        """The minutes that the sums of a year suffice for, in order of time."""
        wanted: dict[str, set[int]] = defaultdict(set)
        sums: dict[str, float] = {}
        for mark, row, left in standing:
            if not mark.device and row is not None and row["budget"]:
                wanted[row["budget"]] |= left
                sums[row["budget"]] = float(row["budget_hours"])
                assert row["per"] == "year"
        granted: dict[str, set[int]] = defaultdict(set)
        for name, all_minutes in wanted.items():
            used: dict[int, int] = defaultdict(int)
            for at in sorted(all_minutes):
                year = clock(at).year
                if used[year] < sums[name] * 60:
                    used[year] += 1
                    granted[name].add(at)
        return granted

    def covered(self, period: str, start: datetime, end: datetime, marked: set[int]) -> bool:
        """Whether marked minutes keep a period from being judged."""
        if not marked:
            return False
        if period in ("realtime", "minute"):
            touched = {minute(start), *minutes(start, end)}
            return not marked.isdisjoint(touched)
        if period == "hour":
            return sum(at not in marked for at in minutes(start, end)) < 45
        if period == "day":
            hours = [start + n * HOUR for n in range(24)]
            left = sum(not self.covered("hour", at, at + HOUR, marked) for at in hours)
            return left < self.hours_of_day
        if marked.isdisjoint(minutes(start, end)):
            return False
        length = calendar.monthrange(start.year, start.month)[1]
        days = [start + n * DAY for n in range(length)]
        left = sum(not self.covered("day", at, at + DAY, marked) for at in days)
        least = 25 if length >= 30 else 23
        return left < (1 if self.water else least)

    # --- series --------------------------------------------------------------------------

    def series(self, name: str) -> dict[tuple[str, datetime, str], Number]:
        """The version sent last of every value, without numbers where the series has none."""
        shown = {}
        marked = self._device if name == "device" else self._both
        for key, (told, number) in self.last.items():
            gone = name != "reported" and (
                not number.valid or self.covered(told.period, told.start, told.end, marked[key[2]])
            )
            shown[key] = Number(None, None, number.flag) if gone else number
        return shown

    # --- rules ---------------------------------------------------------------------------

    def in_force(self, pollutant: str, period: str, on: date) -> list[Bound]:
        """The limits of a day: of those that overlap the one that came into force later."""
        chosen: dict[tuple[str, float], Bound] = {}
        for bound in self.bounds:
            if (bound.pollutant, bound.period) != (pollutant, period):
                continue
            if not bound.valid_from <= on <= (bound.valid_to or date.max):
                continue
            key = (bound.basis, bound.share)
            if key not in chosen or chosen[key].valid_from < bound.valid_from:
                chosen[key] = bound
        return list(chosen.values())

    def exceedances(self) -> tuple[list[Found], set[tuple[str, str, datetime]]]:
        """What exceeds, and the periods that were judged and do not."""
        found, within = [], set()
        for (period, start, pollutant), versions in self.versions.items():
            beyond: list[tuple[Found, Told]] = []
            judged = False
            for bound in self.in_force(pollutant, period, start.date()):
                if bound.share < 1:
                    continue
                for told, number in versions:
                    value = number.by(bound.basis)
                    if not number.valid or value is None:
                        continue
                    value = self._judged_value(bound, told, value)
                    if value is None:
                        continue
                    judged = True
                    over = bound.beyond(value)
                    if over is not None:
                        ratio = abs(value - over) / abs(over)
                        one = Found(
                            "exceedance", period, pollutant, start, told.end, value, over, ratio
                        )  # fmt: skip
                        beyond.append((one, told))
            if beyond:
                worst = max((one for one, _ in beyond), key=lambda one: one.ratio)
                late = all(told.late for _, told in beyond)
                found.append(Found(**(worst.__dict__ | {"late": late})))
            elif judged:
                within.add((period, pollutant, start))
        return found, within

    def _judged_value(self, bound: Bound, told: Told, value: float) -> float | None:
        """What of a reported value is judged: nothing, itself, or the mean of a day's valid hours."""
        marked = self._both[bound.pollutant]
        if self.covered(told.period, told.start, told.end, marked):
            return None
        if self.kind != "incinerator" or told.period != "day":
            return value
        hours = [told.start + n * HOUR for n in range(24)]
        left = [at for at in hours if not self.covered("hour", at, at + HOUR, marked)]
        if len(left) == len(hours):
            return value
        values = []
        for at in left:
            last = self.last.get(("hour", at, bound.pollutant))
            number = last[1].by(bound.basis) if last and last[1].valid else None
            if number is not None:
                values.append(number)
        if len(values) < self.hours_of_day:
            return None
        return math.fsum(values) / len(values)

    def shares(self) -> Iterator[tuple[Found, bool]]:
        """Monthly shares of commitments; False: it was kept."""
        months: dict[tuple[int, int], dict[tuple[datetime, str], tuple[Told, Number]]]
        months = defaultdict(dict)
        for (period, start, pollutant), last in self.last.items():
            if period == "hour":
                months[start.year, start.month][start, pollutant] = last
        for (year, month), hours in months.items():
            first = datetime(year, month, 1, tzinfo=ZONE)
            end = first + calendar.monthrange(year, month)[1] * DAY
            for pollutant in sorted(self.pollutants):
                for bound in self.in_force(pollutant, "hour", first.date()):
                    if bound.share == 1 or end > self.now:
                        continue
                    good, count = 0, 0
                    for (start, code), (told, number) in hours.items():
                        value = number.by(bound.basis)
                        if code != pollutant or not number.valid or value is None:
                            continue
                        if self.covered("hour", start, told.end, self._both[code]):
                            continue
                        count += 1
                        good += bound.beyond(value) is None
                    if count:
                        share = good / count
                        ratio = (bound.share - share) / bound.share
                        one = Found(
                            "ultra-low-share", "month", pollutant, first, end, share,
                            bound.share, ratio,
                        )  # fmt: skip
                        yield one, share < bound.share

    def mismatches(self) -> Iterator[tuple[Found, bool]]:
        """Hours that their own minutes do not bear out, and days their hours; False: they do."""
        of_span: dict[tuple[str, datetime], list[tuple[str, Told, Number]]] = defaultdict(list)
        for (period, start, pollutant), (told, number) in self.last.items():
            if period == "minute":
                of_span["hour", start.replace(minute=0, second=0)].append((pollutant, told, number))
            if period == "hour":
                of_span["day", midnight(start.date())].append((pollutant, told, number))
        for (period, start), known in of_span.items():
            shortest = min((told.end - told.start for _, told, _ in known))
            slots = HOUR / max(shortest, timedelta(minutes=1))
            least = 20.0 if period == "day" else 1 if self.water else 45 * slots / 60
            for pollutant in sorted(self.pollutants):
                last = self.last.get((period, start, pollutant))
                mean = last[1].by("measured") if last and last[1].valid else None
                if mean is not None:
                    end = start + (HOUR if period == "hour" else DAY)
                    yield from self._mismatch(period, start, end, pollutant, mean, known, least)

    def _mismatch(
        self,
        period: str,
        start: datetime,
        end: datetime,
        pollutant: str,
        reported: float,
        known: list[tuple[str, Told, Number]],
        least: float,
    ) -> Iterator[tuple[Found, bool]]:
        def of(wanted: str) -> dict[datetime, float]:
            return {
                told.start: value
                for code, told, number in known
                if code == wanted and number.valid and (value := number.by("measured")) is not None
            }

        values = of(pollutant)
        if not values or len(values) < least:
            return
        means = [math.fsum(values.values()) / len(values)]
        flows = of(FLOW) if self.water else {}
        if pollutant != FLOW and all(at in flows for at in values):
            volume = math.fsum(flows[at] for at in values)
            if volume > 0:
                amount = math.fsum(values[at] * flows[at] for at in values)
                means.append(amount / volume)
        mean = min(means, key=lambda m: (abs(reported - m), m))
        apart = abs(reported - mean)
        one = Found(
            "average-mismatch", period, pollutant, start, end, reported, mean,
            apart / max(abs(mean), 0.05),
        )  # fmt: skip
        yield one, apart > 0.01 * abs(mean) + 0.05

    def furnaces(self) -> Iterator[tuple[Found, bool]]:
        """Days with more than five 5-minute means below 850 °C; False: with fewer."""
        if self.kind != "incinerator":
            return
        days: dict[datetime, list[float]] = defaultdict(list)
        for (period, start, pollutant), (told, number) in self.last.items():
            value = number.by("measured")
            if (period, pollutant) != ("minute", FURNACE) or not number.valid or value is None:
                continue
            if told.end - start != timedelta(minutes=5):
                continue
            if not self.covered("minute", start, told.end, self._cold | self._device[FURNACE]):
                days[midnight(start.date())].append(value)
        for day, values in days.items():
            cold = sum(value < 850 for value in values)
            one = Found(
                "furnace-temperature", "day", FURNACE, day, day + DAY, float(cold), 5.0,
                (cold - 5) / 5,
            )  # fmt: skip
            yield one, cold > 5

    # --- together ------------------------------------------------------------------------

    def found(self) -> tuple[list[Found], list[Episode]]:
        """All findings, and the alerts that they make."""
        findings, within = self.exceedances()
        good = {("exceedance", *key) for key in within}
        for rule in (self.shares(), self.mismatches(), self.furnaces()):
            worst: dict[tuple[str, str, str, datetime], Found] = {}
            for one, bad in rule:
                key = (one.rule, one.period, one.pollutant, one.start)
                if not bad:
                    good.add(key)
                elif key not in worst or worst[key].ratio < one.ratio:
                    worst[key] = one
            findings += worst.values()
            good -= worst.keys()
        return findings, list(_episodes(findings, good))


def _episodes(
    findings: Iterable[Found], good: Iterable[tuple[str, str, str, datetime]]
) -> Iterator[Episode]:
    lines: dict[tuple[str, str, str], list[Found]] = defaultdict(list)
    fine: dict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for one in findings:
        lines[one.rule, one.period, one.pollutant].append(one)
    for rule, period, pollutant, start in good:
        fine[rule, period, pollutant].append(start)
    for key, line in lines.items():
        line.sort(key=lambda one: one.start)
        runs: list[list[Found]] = []
        for one in line:
            if runs:
                last = runs[-1][-1]
                parted = any(last.start < at < one.start for at in fine[key])
                if not parted and one.start - last.end <= SILENCE[key[1]]:
                    runs[-1].append(one)
                    continue
            runs.append([one])
        for number, run in enumerate(runs):
            worst = max(run, key=lambda one: one.ratio)
            ended = number + 1 < len(runs) or any(at > run[-1].start for at in fine[key])
            yield Episode(
                *key,
                start=run[0].start,
                end=max(one.end for one in run),
                count=len(run),
                value=worst.value,
                bound=worst.bound,
                ratio=worst.ratio,
                state="cleared" if ended else "open",
                silent=key[1] in ("realtime", "minute") and all(one.late for one in run),
            )
