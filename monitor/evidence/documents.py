"""The files of a bundle, made from a case: the same case gives the same bytes. Pure."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import tzinfo
from typing import Any

from monitor.clock import from_ms, rfc3339
from monitor.evidence import page
from monitor.evidence.case import Attachment, Case, Finding, Mark, Point
from monitor.evidence.container import Entry
from monitor.evidence.manifest import lines
from monitor.evidence.plot import plot
from monitor.observation import Frame
from monitor.spreadsheet import guarded

PAGE = "index.html"


def entries(case: Case) -> list[Entry]:
    """Every file but the manifest, in order. The page comes last: it states the chain up to itself."""
    number = case.alert["id"]
    files: list[Entry] = [
        ("alert.json", _json(case.alert)),
        ("findings.json", _json([_finding(each, case.zone) for each in case.findings])),
    ]
    if case.task is not None:
        files.append(("task.json", _json(case.task)))
    if case.sightings:
        files.append(("sightings.json", _json(case.sightings)))
    files += [
        ("register.json", _json(case.register)),
        ("limits.json", _json(case.limits)),
        ("rules.json", _json(case.rules)),
        ("marks.json", _json([_mark(each, case.zone) for each in case.marks])),
        ("audit.json", _json(case.audit)),
        ("series.csv", _series(case)),
        ("frames.json", _json([*_frames(case)])),
    ]
    files += [(name, frame.raw) for name, _, frame in _named(case)]
    if case.attachments:
        files.append(("attachments.json", _json([_attachment(each) for each in case.attachments])))
    files += [(each.file, each.content) for each in case.attachments if each.content is not None]
    chart = plot(case)
    if chart:
        files.append(("chart.svg", chart.encode()))
    chained = lines(number, files)
    names = {number: name for name, number, _ in _named(case)}
    files.append((PAGE, page.render(case, chart, names, chained[-1].chain).encode()))
    return files


def _json(document: Any) -> bytes:
    """JSON for people to read too: sorted, indented."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode() + b"\n"


def _time(ms: int, zone: tzinfo) -> str:
    return rfc3339(from_ms(ms), zone)


def _finding(finding: Finding, zone: tzinfo) -> dict[str, Any]:
    return {
        "start": _time(finding.start_ms, zone),
        "end": _time(finding.end_ms, zone),
        "value": finding.value,
        "limit": finding.bound,
        "exceed_ratio": finding.exceed_ratio,
        "limit_id": finding.limit_id,
        "frame": finding.frame,
        "late": finding.late,
        "detail": finding.detail,
    }


def _mark(mark: Mark, zone: tzinfo) -> dict[str, Any]:
    row = asdict(mark)
    start, end = _time(row.pop("start_ms"), zone), _time(row.pop("end_ms"), zone)
    return row | {"class": row.pop("kind"), "start": start, "end": end}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return attachment.said | {"file": attachment.file if attachment.content is not None else None}


COLUMNS: tuple[str, ...] = ("period", "start", "end", "value", "converted", "min", "max", "total")
COLUMNS += ("flag", "received_at", "late", "frame", "version")


def _series(case: Case) -> bytes:
    """Every version of every value; a flag that a spreadsheet took for a formula has an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(point, case.zone) for point in case.series)
    return text.getvalue().encode()


def _row(point: Point, zone: tzinfo) -> list[str]:
    said = {each.name: getattr(point, each.name) for each in fields(point)}
    said |= {
        "start": _time(point.start_ms, zone),
        "end": _time(point.end_ms, zone),
        "received_at": _time(point.received_ms, zone),
        "flag": guarded(point.flag or ""),
        "late": "true" if point.late else "false",
    }
    return ["" if said[name] is None else str(said[name]) for name in COLUMNS]


def _named(case: Case) -> Iterator[tuple[str, int, Frame]]:
    """The frames in the order of their numbers, and the files they are in."""
    for place, number in enumerate(sorted(case.frames), 1):
        yield f"frames/{place:06d}.bin", number, case.frames[number]


def _frames(case: Case) -> Iterator[dict[str, Any]]:
    for name, number, frame in _named(case):
        yield {
            "id": number,
            "file": name,
            "size": len(frame.raw),
            "sha256": hashlib.sha256(frame.raw).hexdigest(),
            "source": frame.source,
            "peer": frame.peer,
            "received_at": rfc3339(frame.received_at, case.zone),
            "sent_at": rfc3339(frame.sent_at, case.zone) if frame.sent_at else None,
            "device": frame.device,
            "verdict": frame.verdict,
            "problems": list(frame.problems),
            "note": frame.note,
        }
