"""Reading from the store what an alert rests on: the one part of this package that knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from itertools import islice
from typing import Any

from monitor import __version__
from monitor.clock import civil_date, from_ms, rfc3339, to_ms
from monitor.evidence import attached
from monitor.evidence.case import Attachment, Bounds, Case, Finding, Json, Mark, Point
from monitor.evidence.registered import limit_json, said_at
from monitor.observation import Frame, Period
from monitor.rules import SPAN_RULES, supports
from monitor.store import (
    Connection,
    Row,
    alerts,
    attachments,
    audit,
    books,
    corroborations,
    evidence,
    frames,
    schema,
    sightings,
    tasks,
)
from monitor.store.readings import stored
from monitor.task import Trigger, trigger

EXPORT = "evidence.export"
"""The action under which exports stand in the audit trail; `audit.json` leaves them out, or no bundle
would be like the one before it."""

LegalBasis = Callable[[Trigger, date], list[dict[str, str]]]

_AROUND = {
    Period.REALTIME: timedelta(minutes=30),
    Period.MINUTE: timedelta(hours=2),
    Period.HOUR: timedelta(hours=24),
    Period.DAY: timedelta(days=15),
    Period.MONTH: timedelta(days=186),
}
"""How far before and after the alert the series goes."""
_AT_ONCE = 200
_MS = timedelta(milliseconds=1)


def gather(
    connection: Connection,
    row: Row[Any],
    zone: tzinfo,
    legal_basis: LegalBasis,
    judging: Mapping[str, Any],
    bounds: Bounds | None = None,
) -> Case:
    """Everything of an alert's row, read over a connection whose queries see one state."""
    return _Gathering(connection, row, zone, bounds or Bounds()).case(legal_basis, judging)


class _Gathering:
    """One alert being read; notes what is left out."""

    def __init__(self, connection: Connection, row: Row[Any], zone: tzinfo, bounds: Bounds) -> None:
        self.connection, self.row, self.zone, self.bounds = connection, row, zone, bounds
        self.left_out: list[Json] = []
        self.span = (row.start_ms, row.start_ms if row.end_ms is None else row.end_ms)
        self.period = Period(row.period) if row.period in {p.value for p in Period} else None
        around = _AROUND.get(self.period, timedelta(hours=24)) if self.period else timedelta(0)
        self.around = (self.span[0] - around // _MS, self.span[1] + around // _MS)

    def case(self, legal_basis: LegalBasis, judging: Mapping[str, Any]) -> Case:
        row = self.row
        day = civil_date(from_ms(row.start_ms), self.zone)
        found, series, seen = self._findings(), self._series(), self._sightings()
        legal = legal_basis(trigger(row.rule), day)
        return Case(
            alert=alerts.shape(row, self.zone)
            | {"corroborated_by": corroborations.of(self.connection, [row], self.zone)[row.id]}
            | {"verified": row.verified, "updated_at": rfc3339(row.updated_at, self.zone)},
            span=self.span,
            day=day,
            findings=found,
            task=self._task(),
            register={
                "at_opening": said_at(self.connection, row, row.opened_at, day, self.zone),
                "at_act": said_at(self.connection, row, from_ms(row.start_ms), day, self.zone),
            },
            limits=self._limits(found),
            rules={
                "rule": row.rule,
                "program": __version__,
                "schema": schema.head(),
                "judging_at_export": dict(judging),
                "act_on": day.isoformat(),
                "legal_basis": legal,
            },
            marks=self._marks(),
            series=series,
            sightings=sightings.shape_rows(self.connection, seen, self.zone),
            frames=self._frames(found, series, seen),
            attachments=[*self._seen(seen), *self._attachments()],
            audit=self._audit(),
            legal=legal,
            left_out=self.left_out,
            zone=self.zone,
        )

    def _time(self, ms: int) -> str:
        return rfc3339(from_ms(ms), self.zone)

    def _note(self, what: str, why: str, count: int | None, **more: Any) -> None:
        self.left_out.append({"what": what, "why": why, "count": count} | more)

    def _findings(self) -> list[Finding]:
        most = self.bounds.findings
        rows = evidence.findings_of(self.connection, self.row.id, most + 1)
        if len(rows) > most:
            beyond = max(self.row.periods - most, 1)
            self._note("findings", "limit", beyond, since=self._time(rows[most].start_ms))
        names = list(Finding.__dataclass_fields__)
        return [Finding(**{name: r._mapping[name] for name in names}) for r in rows[:most]]

    def _task(self) -> Json | None:
        if self.row.task is None:
            return None
        return tasks.shape(self.connection, [self.row.task], self.zone)[self.row.task]

    def _limits(self, found: Iterable[Finding]) -> list[Json]:
        numbers = sorted({f.limit_id for f in found if f.limit_id is not None})
        return [limit_json(books.limit(self.connection, number)) for number in numbers]

    def _marks(self) -> list[Mark]:
        if self.row.mn is None:
            return []
        most = self.bounds.marks
        rows = evidence.marks_over(self.connection, self.row.mn, *self.around, most + 1)
        if len(rows) > most:
            self._note("marks", "limit", None, since=self._time(rows[most].start_ms))
        return [self._mark(row) for row in rows[:most]]

    def _mark(self, row: Row[Any]) -> Mark:
        values = dict(row._mapping)
        values["kind"] = values.pop("class")
        for name in ("submitted_at", "recorded_at", "superseded_at"):
            values[name] = values[name] and rfc3339(values[name], self.zone)
        return Mark(**{name: values[name] for name in Mark.__dataclass_fields__})

    def _series(self) -> list[Point]:
        """Every version of every value around the alert, by time and version; then what supports it."""
        around = ((period, self.around) for period in self._periods()[:1])
        within = ((period, self.span) for period in self._periods()[1:])
        every = (p for period, span in (*around, *within) for p in self._points(period, *span))
        points = list(islice(every, self.bounds.series + 1))
        if len(points) > self.bounds.series:
            beyond = points.pop()
            self._note("series", "limit", None, since=self._time(beyond.start_ms))
        return points

    def _periods(self) -> tuple[Period, ...]:
        """The data that the alert rests on: of its own period first."""
        if self.period is None:
            return ()
        return tuple(dict.fromkeys((self.period, *supports(self.row.rule, self.period))))

    def _points(self, period: Period, start: int, end: int) -> Iterator[Point]:
        row, versions, at = self.row, list[tuple[tuple[int, int, int], Json]](), None
        if row.device is None or row.mn is None or not row.pollutant:
            return
        for item in stored(self.connection, row.device, row.mn, period, start, end + 1):
            if item.readings.start != at:
                yield from _ranked(versions)
                versions, at = [], item.readings.start
            for o in item.readings.observations():
                if o.pollutant == row.pollutant:
                    versions.append((item.rank, _point(item, o)))
        yield from _ranked(versions)

    def _frames(
        self, found: Sequence[Finding], series: Sequence[Point], seen: Sequence[Row[Any]]
    ) -> dict[int, Frame]:
        leaned_on = {f.frame for f in found if f.frame is not None} | {row.frame for row in seen}
        if self.row.rule in SPAN_RULES or self.period is Period.DAY:
            low, high = self.span
            leaned_on |= {p.frame for p in series if low <= p.start_ms < high}
        wanted = sorted(leaned_on)
        within, beyond = wanted[: self.bounds.frames], wanted[self.bounds.frames :]
        held: dict[int, Frame] = {}
        gone, size = list[int](), 0
        for at in range(0, len(within), _AT_ONCE):
            ids = within[at : at + _AT_ONCE]
            got = frames.fetch_kept(self.connection, ids)
            for number in ids:
                frame = got.get(number)
                if frame is None:
                    gone.append(number)
                elif size + len(frame.raw) > self.bounds.frame_bytes:
                    beyond.append(number)
                else:
                    held[number] = frame
                    size += len(frame.raw)
        for ids, why in ((beyond, "limit"), (gone, "gone")):
            if ids:
                self._note("frames", why, len(ids), frames=sorted(ids))
        return held

    def _sightings(self) -> list[Row[Any]]:
        """What eyes saw, where the alert is made of that."""
        most = self.bounds.sightings
        rows = sightings.of_alert(self.connection, self.row.id, most + 1)
        if len(rows) > most:
            self._note("sightings", "limit", None, since=self._time(rows[most].start_ms))
        return rows[:most]

    def _seen(self, rows: Sequence[Row[Any]]) -> list[Attachment]:
        """The files of what eyes saw, and the messages that are files themselves."""
        having = sightings.files(self.connection, [row.id for row in rows])
        files = [(row, file, "seen") for row in rows for file in having[row.id]]
        for row in rows:
            body = sightings.body(self.connection, row.frame)
            if body is not None:
                files.append((row, body, "message"))
        return [
            attached.seen(place, row, file, kind, self.zone)
            for place, (row, file, kind) in enumerate(files, 1)
        ]

    def _attachments(self) -> list[Attachment]:
        """What was attached to the visit; the bytes are read later, by `attached`."""
        if self.row.task is None:
            return []
        most = self.bounds.attachments
        rows = attachments.of_task(self.connection, self.row.task, most + 1)
        if len(rows) > most:
            self._note("attachments", "limit", None, since=rfc3339(rows[most].at, self.zone))
        return [attached.described(place, r, self.zone) for place, r in enumerate(rows[:most], 1)]

    def _audit(self) -> list[Json]:
        things = [f"alert/{self.row.id}"]
        if self.row.task is not None:
            things.append(f"task/{self.row.task}")
        most = self.bounds.audit
        rows = audit.of(self.connection, things, most + 1, besides=EXPORT)
        if len(rows) > most:
            self._note("audit", "limit", None, since=rfc3339(rows[most].at, self.zone))
        return [dict(r._mapping) | {"at": rfc3339(r.at, self.zone)} for r in rows[:most]]


def _ranked(versions: list[tuple[tuple[int, int, int], Json]]) -> Iterator[Point]:
    versions.sort(key=lambda each: each[0])
    for number, (_, values) in enumerate(versions, 1):
        yield Point(version=number, **values)


def _point(item: Any, o: Any) -> Json:
    start, end = item.readings.start, item.readings.end
    return {
        "period": o.period.value,
        "start_ms": to_ms(start),
        "end_ms": to_ms(end),
        "value": o.value,
        "converted": o.converted,
        "min": o.min,
        "max": o.max,
        "total": o.total,
        "flag": o.flag,
        "received_ms": item.received_ms,
        "late": item.late,
        "frame": item.frame,
    }
