"""Reading files of surveys, which the audit trail knows of."""

from __future__ import annotations

from typing import Any

from monitor.actions.desk import Desk
from monitor.errors import NotFound
from monitor.store import surveys
from monitor.tokens import Caller, Right


def read_file(desk: Desk, caller: Caller, number: int, sha256: str) -> Any:
    """A file of a survey within reach (hash, name, type); that it was asked for is entered."""
    with desk.transaction(caller, Right.READ) as work:
        row = surveys.file(work.connection, caller.districts, number, sha256)
        if row is None:
            raise NotFound(f"there is no such file of survey {number}")
        work.audit("survey_file.read", f"survey/{number}", data={"sha256": sha256})
        return row
