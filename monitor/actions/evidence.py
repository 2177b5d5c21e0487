"""Exporting the evidence bundle of an alert (导出证据包): made outside any transaction, then audited."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.actions.desk import Desk
from monitor.clock import rfc3339
from monitor.errors import NotFound
from monitor.evidence import attached, container, documents, manifest
from monitor.evidence.case import Bounds
from monitor.evidence.gathering import EXPORT, gather
from monitor.store import audit, views
from monitor.tokens import Caller, Right


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle, what it is to be called, and the head by which it is compared with the audit trail."""

    name: str
    content: bytes
    head: str


def export(desk: Desk, caller: Caller, alert_id: int, bounds: Bounds | None = None) -> Bundle:
    """The bundle of an alert; NotFound outside the caller's districts.

    Nobody gets it before its head stands in the audit trail. What went before it there is its anchor:
    the bundle is younger than that entry, and older than the one that has its head.
    """
    caller.require(Right.READ)
    at = desk.now()
    with desk.store.snapshot() as connection:
        row = views.alert_row(connection, caller.districts, alert_id)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}")
        case = gather(connection, row, desk.zone, desk.legal_basis, desk.judging(), bounds)
        last = audit.newest(connection)
    case = attached.load(case, desk.media, bounds or Bounds())
    files = documents.entries(case)
    anchor = last and {"seq": last.seq, "hash": last.hash, "at": rfc3339(last.at, desk.zone)}
    about = {
        "exported_at": rfc3339(at, desk.zone),
        "anchor": anchor,
        "left_out": list(case.left_out),
    }
    document = manifest.build(alert_id, manifest.lines(alert_id, files), about)
    content = container.write([(manifest.NAME, manifest.canonical(document)), *files])
    said = {"alert": alert_id, "head": document["head"], "seal": document["seal"]}
    with desk.transaction(caller, Right.READ) as work:
        work.audit(EXPORT, f"alert/{alert_id}", data=said)
    return Bundle(f"evidence-{alert_id}.zip", content, document["head"])
