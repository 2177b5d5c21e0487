"""Resumable uploads that become attachments of a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.actions import uploads as machine
from monitor.actions.attachments import Said, check, enter, permitted, said
from monitor.actions.desk import Desk
from monitor.errors import MediaTooLarge
from monitor.event import Examined
from monitor.store import Connection, attachments, uploads
from monitor.tokens import Caller, Right


@dataclass(frozen=True, slots=True)
class ToTask:
    """The purpose of an upload to a task, by a token."""

    desk: Desk
    caller: Caller
    task: int
    lease: str | None

    def __post_init__(self) -> None:
        self.caller.require(Right.WORK)

    @property
    def whose(self) -> Mapping[str, Any]:
        """By the task and the token."""
        return {"task": self.task, "token": self.caller.id}

    @property
    def sender(self) -> Mapping[str, Any]:
        """By the token."""
        return {"token": self.caller.id}

    def check(self, metadata: str) -> None:
        """Raise InputError for what an attachment cannot be said to be."""
        _described(metadata)

    @contextmanager
    def admitted(self, length: int) -> Iterator[tuple[Connection, datetime]]:
        """To begin, where an attachment may be entered and the task has room for it."""
        with self.desk.transaction(self.caller, Right.WORK) as work:
            permitted(work, self.task, self.lease)
            _, there = attachments.taken(work.connection, self.task)
            _, coming = uploads.under_way(work.connection, {"task": self.task})
            most = self.desk.media.limits.max_task
            if there + coming + length > most:
                raise MediaTooLarge(f"a task may have {most} bytes at most")
            yield work.connection, work.at

    def permit(self) -> None:
        """Raise what speaks against an attachment now, e.g. a lease that was lost."""
        check(self.desk, self.caller, self.task, self.lease)

    def examine(self, path: Path, metadata: str) -> Examined:
        """A file of the types that are taken."""
        return machine.examine(self.desk.media, path, metadata)

    def become(self, found: machine.Progress, examined: Examined) -> int:
        """The attachment that it is from now on."""
        about = _described(found.metadata)
        examined = self.desk.media.secure(examined)
        with self.desk.transaction(self.caller, Right.WORK) as work:
            number, _ = enter(work, permitted(work, self.task, self.lease), examined, about)
            uploads.finish(work.connection, [found.id], work.at)
            uploads.change(work.connection, found.id, {"attachment": number})
            return number


def _described(metadata: str) -> Said:
    fields = machine.metadata_of(metadata)
    return said(fields, fields.get("filename", ""))
