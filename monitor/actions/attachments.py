"""Attaching files to tasks (影像资料、现场笔录), reading them, striking them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.actions.tasks import held
from monitor.clock import read_time
from monitor.errors import Conflict, LeaseLost, MediaTooLarge, NotFound
from monitor.exchange import fingerprint
from monitor.media import Examined, Kind, kind_of
from monitor.store import attachments, media
from monitor.task import InputError, State
from monitor.tokens import Caller, Right

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_NAME, _LONGEST_NOTE = 200, 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What its sender says of a file."""

    name: str
    kind: Kind | None = None
    note: str | None = None
    taken_at: datetime | None = None


def said(fields: Mapping[str, str], name: str) -> Said:
    """What is said in texts: `kind`, `note`, `taken_at` (RFC 3339). Raises InputError."""
    kind, note, taken = (fields.get(key, "").strip() for key in ("kind", "note", "taken_at"))
    if kind and kind not in set(Kind):
        raise InputError(f"kind: one of {', '.join(Kind)}")
    if len(note) > _LONGEST_NOTE or _UNSTORABLE.search(note):
        raise InputError(f"note: a text of {_LONGEST_NOTE} characters at most")
    return Said(
        name=plain_name(name),
        kind=Kind(kind) if kind else None,
        note=note or None,
        taken_at=_moment(taken) if taken else None,
    )


def _moment(text: str) -> datetime:
    when = read_time(text)
    if when is None:
        raise InputError("taken_at: a time such as 2026-08-01T08:00:00+08:00 is needed")
    return when


def plain_name(name: str) -> str:
    """A file's name without its folders and without what is not printed, cut to 200 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return _UNPRINTABLE.sub("", last).strip()[-_LONGEST_NAME:] or "unnamed"


def permitted(work: Work, task_id: int, lease: str | None) -> Any:
    """The task's row, locked, if the caller may attach to it now.

    With a lease it is the holder's while the task is claimed; without one it is a supervisor's until the
    task has ended. Raises NotFound, LeaseLost, Conflict.
    """
    if lease is not None:
        return held(work, task_id, lease)
    row = work.task(task_id)
    if not work.caller.may(Right.DIRECT):
        raise LeaseLost(f"send the lease of task {task_id} as X-Lease")
    if row.state in (State.CLOSED, State.WITHDRAWN):
        raise Conflict(f"task {task_id} is {row.state}; nothing is attached to it any more")
    return row


def check(desk: Desk, caller: Caller, task_id: int, lease: str | None) -> None:
    """Raise what `attach` would, before a body is taken in for it."""
    caller.require(Right.WORK)
    asking = replace(caller, exchange=None)  # what `If-Match` says is held against it by `attach`
    with desk.store.read() as connection:
        permitted(Work(desk, asking, connection, desk.now()), task_id, lease)


def attach(
    desk: Desk, caller: Caller, task_id: int, lease: str | None, found: Examined, about: Said
) -> tuple[dict[str, Any], bool]:
    """Attach a file; its shape, and whether it is new: the same bytes again change nothing."""
    found = desk.media.secure(found)
    with desk.transaction(caller, Right.WORK) as work:
        number, new = enter(work, permitted(work, task_id, lease), found, about)
        return shape(work, number), new


def enter(work: Work, task_row: Any, found: Examined, about: Said) -> tuple[int, bool]:
    """The same inside a transaction, on a locked task's row; the attachment's id."""
    task_id, desk = task_row.id, work.desk
    there = attachments.same(work.connection, task_id, found.sha256)
    if there is not None:
        desk.media.place(found)
        return there.id, False
    count, size = attachments.taken(work.connection, task_id)
    if not attachments.has_room(count) or size + found.size > desk.media.limits.max_task:
        raise MediaTooLarge(
            f"task {task_id} has {count} attachments with {size} bytes; "
            f"it may have {desk.media.limits.max_task} bytes at most"
        )
    keep(work, found)
    kind = about.kind or kind_of(found.type)
    number = attachments.add(
        work.connection,
        {
            "task": task_id,
            "sha256": found.sha256,
            "name": about.name,
            "kind": kind.value,
            "note": about.note,
            "taken_at": about.taken_at,
            "by": work.caller.name,
            "at": work.at,
        },
    )
    data = {"attachment": number, "kind": kind.value, "sha256": found.sha256}
    work.tell(task_id, "attach", None, data)
    work.audit("attachment.add", f"task/{task_id}", data=data)
    return number, True


def keep(work: Work, found: Examined) -> None:
    """Record a file and put it where it is kept."""
    media.add(work.connection, found, work.at)
    work.desk.media.place(found)


def shape(work: Work, number: int) -> dict[str, Any]:
    """The JSON of an attachment within the caller's districts."""
    return attachments.shape(_find(work, number), work.desk.zone)


def _find(work: Work, number: int) -> Any:
    row = attachments.find(work.connection, number, work.caller.districts)
    if row is None:
        raise NotFound(f"there is no attachment {number}")
    return row


def note_read(desk: Desk, caller: Caller, number: int) -> None:
    """Enter in the audit trail that somebody was handed the bytes."""
    with desk.transaction(caller, Right.READ) as work:
        work.audit("attachment.read", f"attachment/{number}")


def strike_out(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Let an attachment count no more, e.g. since it shows something else; it stays to be seen."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = _find(work, number)
        work.seen(fingerprint(attachments.shape(row, desk.zone)))
        if row.task is not None:
            work.task(row.task)
        if not attachments.strike_out(work.connection, number, work.at, caller.name, reason):
            raise Conflict(f"attachment {number} was struck out already")
        data = {"attachment": number}
        if row.task is not None:
            work.tell(row.task, "strike-out", reason, data)
        about = f"task/{row.task}" if row.task is not None else f"reminder/{row.reminder}"
        work.audit("attachment.strike-out", about, reason, data)
        shaped = shape(work, number)
        work.leaves(f"attachments/{number}", fingerprint(shaped))
        return shaped
