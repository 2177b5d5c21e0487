"""Resumable uploads that are handed in to adapters.

One whose bytes are all there, and whose process died before they were read, is read by `finish`, however
long that took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from monitor.actions import uploads as machine
from monitor.actions.desk import Desk
from monitor.adapter import Handed, Parcel, Reply
from monitor.errors import Conflict, MediaError, MediaTooLarge, NotFound
from monitor.event import Examined
from monitor.store import Connection, surveys, uploads
from monitor.survey import MOST_FILES, TOO_MANY, line

log = structlog.get_logger("uploads")

_NOBODY = ""
"""The address of who sent what is read after a restart: it was not kept."""


@dataclass(frozen=True, slots=True)
class ToAdapter:
    """The purpose of an upload to an adapter, by a token or, without one, by its secret."""

    desk: Desk
    adapter: str
    token: int | None
    peer: str
    take: Callable[[Parcel], Reply]
    """`Depot.take`, from a thread; it returns when all is durable and the upload finished."""

    @property
    def whose(self) -> Mapping[str, Any]:
        """By the adapter and the token."""
        return {"adapter": self.adapter, "token": self.token}

    @property
    def sender(self) -> Mapping[str, Any]:
        """The same: who has the secret is one sender."""
        return self.whose

    def check(self, metadata: str) -> None:
        """Raise InputError for metadata that cannot be read, MediaTooLarge where a mission is full."""
        fields = machine.metadata_of(metadata)
        require_room(self.desk, self.adapter, fields, [fields.get("sha256", "").lower()])

    @contextmanager
    def admitted(self, length: int) -> Iterator[tuple[Connection, datetime]]:  # noqa: ARG002
        """To begin; there is no limit but that of the sender."""
        with self.desk.store.write() as connection:
            yield connection, self.desk.now()

    def permit(self) -> None:
        """Nothing speaks against it."""

    def examine(self, path: Path, metadata: str) -> Examined:
        """A file of any type."""
        return machine.examine(self.desk.media, path, metadata, anything=True)

    def become(self, found: machine.Progress, examined: Examined) -> None:
        """Hand it in."""
        fields = machine.metadata_of(found.metadata)
        parcel = Parcel(
            fields=fields,
            files=(Handed(fields.get("filename", ""), examined),),
            peer=self.peer,
            received_at=self.desk.now(),
            upload=found.id,
        )
        self.take(parcel)


def require_room(
    desk: Desk, adapter: str, fields: Mapping[str, str], digests: Sequence[str]
) -> None:
    """Raise MediaTooLarge where a mission has as many files as one may have, but for those it has."""
    mission = line(fields.get("mission", ""))
    if not mission:
        return
    with desk.store.read() as connection:
        over = surveys.missing(connection, adapter, mission, digests, MOST_FILES)
    if over:
        raise MediaTooLarge(
            f"{TOO_MANY}: a mission may have {MOST_FILES} files, these are {over} more; "
            "begin another mission"
        )


def finish(desk: Desk, takes: Mapping[str, Callable[[Parcel], Reply]]) -> int:
    """Hand in what is complete and was not, by the adapters that are there; returns how many."""
    with desk.store.read() as connection:
        waiting = uploads.to_adapters(connection)
    return sum(_finish(desk, row, takes[row.adapter]) for row in waiting if row.adapter in takes)


def _finish(desk: Desk, row: Any, take: Callable[[Parcel], Reply]) -> bool:
    """Whether an upload is handed in now; what is in the way is told to its sender, who asks again."""
    purpose = ToAdapter(desk, row.adapter, row.token, _NOBODY, take)
    try:
        if desk.media.offset(row.id) < row.length:
            return False
        return machine.progress(desk, purpose, row.id).done
    except (Conflict, NotFound, MediaError) as error:  # under way, over, or dropped
        log.info("upload not handed in", adapter=row.adapter, reason=str(error))
        return False
    except Exception as error:  # noqa: BLE001 - what is behind it is handed in all the same
        log.error("upload not handed in", adapter=row.adapter, upload=row.id, error=repr(error))
        return False
