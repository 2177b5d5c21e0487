"""A mark, until when it may be handed in, and the marks that flags of HJ 212 amount to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType

from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.observation import Readings

_DAY = timedelta(days=1)


class MarkClass(StrEnum):
    """Of what a mark speaks: the monitoring device (自动监测设备), or the operating condition (工况)."""

    DEVICE = "device"
    CONDITION = "condition"


OUT_OF_USE = "停运"
"""The item of what stands still."""

AUTOMATIC: Mapping[str, str] = MappingProxyType(
    {
        "F": OUT_OF_USE,
        "M": "维护",
        "S": "手工输入",
        "D": "故障",
        "C": "校准",
        "T": "超量程",
        "B": "通讯中断",
        "P": "断电",
        "Td": "超量程",
    }
)
"""The item that a flag of HJ 212 stands for (2017 table 8, 2005, 2025); others keep their letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A span [start, end) of an outlet, of one pollutant or all, and what is said of it."""

    id: int = 0
    mn: str
    pollutant: str | None = None
    kind: MarkClass
    item: str
    start_ms: int
    end_ms: int
    manual: bool
    reason: str = ""
    submitted_at: datetime
    ordered_at: datetime | None = None
    """When the authority asked for it (电子督办), where it did."""

    @property
    def order(self) -> tuple[object, ...]:
        """Orders marks by what they say, not by when they came."""
        return (self.start_ms, self.end_ms, self.item, self.pollutant or "", self.manual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Until when a manual mark counts; later it is kept and shown, but is no objection any more."""

    next_day: time = time(12)
    """Civil time on the day after the data (标记规则, announcement 2022 no. 21)."""
    change: timedelta = timedelta(hours=1)
    """Incinerators: from the change of condition (自动监测数据标记规则, 2019 no. 50)."""
    order: timedelta = timedelta(hours=6)
    """Incinerators: from an order of the authority (同上)."""

    def timely(self, mark: Mark, zone: tzinfo, *, incinerator: bool) -> Iterator[tuple[int, int]]:
        """The parts [start, end) of a mark that were marked in time, in milliseconds."""
        if not mark.manual or self._ordered(mark):
            yield mark.start_ms, mark.end_ms
        elif incinerator:
            if mark.submitted_at <= from_ms(mark.start_ms) + self.change:
                yield mark.start_ms, mark.end_ms
        else:
            since = to_ms(self._first_day(mark.submitted_at, zone))
            if since < mark.end_ms:
                yield max(since, mark.start_ms), mark.end_ms

    def _ordered(self, mark: Mark) -> bool:
        return mark.ordered_at is not None and mark.submitted_at <= mark.ordered_at + self.order

    def _first_day(self, submitted_at: datetime, zone: tzinfo) -> datetime:
        """The midnight of the first day whose data may still be marked at an instant."""
        today = civil_date(submitted_at, zone)
        until = datetime.combine(today, self.next_day, tzinfo=zone)
        return day_start(today - _DAY if submitted_at <= until else today, zone)


def from_flags(reports: Iterable[Readings]) -> list[Mark]:
    """The marks that flags of reports, in order of time, amount to: runs of one flag of a pollutant."""
    runs: dict[tuple[str, str], Mark] = {}
    found: list[Mark] = []
    for report in reports:
        for code, flag in zip(report.layout.pollutants, report.flags or (), strict=False):
            if flag in (None, "N"):
                continue
            start, end = to_ms(report.start), to_ms(report.end)
            run = runs.get((code, flag))
            if run is not None and run.end_ms == start:
                found.remove(run)
                start = run.start_ms
            mark = runs[code, flag] = Mark(
                mn=report.mn,
                pollutant=code,
                kind=MarkClass.DEVICE,
                item=AUTOMATIC.get(flag, flag),
                start_ms=start,
                end_ms=end,
                manual=False,
                reason=f"HJ 212 Flag={flag}",
                submitted_at=report.end,
            )
            found.append(mark)
    return sorted(found, key=lambda mark: mark.order)
