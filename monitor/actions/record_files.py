"""Records in from a workbook and out to one: all of a file's rows, or with any fault none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.actions.records import add, amend_row
from monitor.books import Fault, Faults
from monitor.errors import Conflict, NotFound
from monitor.record import from_json
from monitor.registry import records as files
from monitor.registry.records import Said
from monitor.store import records
from monitor.task import InputError
from monitor.tokens import Caller, Right

_MOST = 100_000

Counts = Mapping[str, Mapping[str, int]]
"""By sheet: how many rows were added, changed, unchanged."""


def import_file(desk: Desk, caller: Caller, path: Path, *, dry_run: bool = False) -> Counts:
    """Enter and amend what a file says; answers what it did, or with `dry_run` would have done.

    Raises RegisterError with every faulty row; then nothing was changed.
    """
    faults = Faults(desk.language)
    said = files.read(path, faults)
    faults.raise_any()
    found: dict[str, Counter[str]] = {}
    with desk.transaction(caller, Right.DIRECT) as work:
        for row in said:
            change = _entered(work, row, faults)
            found.setdefault(files.SHEETS[row.kind].name, Counter())[change] += 1
        faults.raise_any()
        if dry_run:
            work.undo()
        data = {sheet: dict(counts) for sheet, counts in found.items()}
        work.audit("records.import", f"records/{path.name}", data=data)
    return found


def _entered(work: Work, said: Said, faults: Faults) -> str:
    """What a row does: `added`, `changed`, `unchanged`; a fault where it cannot be."""
    try:
        return _amended(work, said, faults) if said.id else _added(work, said)
    except (InputError, NotFound, Conflict) as error:
        faults.add(Fault(said.label, "refused", said.line, values={"detail": error}))
        return "refused"


def _added(work: Work, said: Said) -> str:
    record = from_json(said.kind, said.values)
    if records.same(work.connection, record):
        return "unchanged"
    add(work, record)
    return "added"


def _amended(work: Work, said: Said, faults: Faults) -> str:
    row = records.get(work.connection, said.kind, said.id or 0, lock=True)
    if row is None or row.struck_at is not None or not work.caller.sees(row.district):
        faults.add(Fault(said.label, "no-record", said.line, values={"value": said.id}))
        return "refused"
    as_it_is = files.as_read(said.kind, dict(row._mapping))
    changes = {name: value for name, value in said.values.items() if value != as_it_is[name]}
    if not changes:
        return "unchanged"
    if said.version is not None and said.version != row.version:
        by = records.versions(work.connection, said.kind.NOUN, row.id)[-1].by
        values = {"value": said.id, "by": by}
        faults.add(Fault(said.label, "changed-since", said.line, values=values))
        return "refused"
    amend_row(work, said.kind, row, changes)
    return "changed"


def export_file(desk: Desk, caller: Caller, path: Path) -> int:
    """Write every record that counts, in the form that `import_file` reads; how many."""
    caller.require(Right.READ)
    rows: dict[type[Any], list[Any]] = {}
    with desk.store.read() as connection:
        for kind in files.SHEETS:
            rows[kind] = records.listed(
                connection, kind, caller.districts, records.Wanted(), _MOST + 1
            )
    if any(len(found) > _MOST for found in rows.values()):
        raise InputError(f"more than {_MOST} records of a kind: a workbook does not hold them")
    files.write(path, rows, desk.language)
    return sum(map(len, rows.values()))
