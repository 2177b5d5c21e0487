"""Resumable uploads (tus 1.0) of attachments: begun, continued, finished, given up, swept.

How much of an upload has come is the length of its file, so nothing is lost when a process dies. An
upload whose last byte has come becomes an attachment at once; where that is not possible (the lease was
lost, the database was away) whoever asks for it next tries again, and is told why it does not go.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from monitor.actions.attachments import Said, check, enter, permitted, said
from monitor.actions.desk import Desk
from monitor.errors import Conflict, MediaTooLarge, NotFound, UnfitMedia
from monitor.media.vault import Partial
from monitor.store import attachments, uploads
from monitor.store import media as rows
from monitor.task import InputError
from monitor.tokens import Caller, Right

_AT_A_TIME = 50
"""How many uploads of a token may be under way."""
_REMEMBERED = timedelta(days=1)
"""How long a finished upload can still be asked for by who missed the answer."""
_LONGEST_METADATA = 4000
_LEFT_OVER = timedelta(days=1)
_SWEPT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is."""

    id: str
    length: int
    offset: int
    metadata: str
    expires_at: datetime
    attachment: int | None


def metadata_of(header: str) -> dict[str, str]:
    """What `Upload-Metadata` says: keys and base64 values, in pairs. Raises InputError."""
    found = {}
    for pair in filter(None, (each.strip() for each in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise InputError(f"Upload-Metadata: {key[:40]!r} is not base64 of UTF-8") from None
    return found


def _described(header: str) -> tuple[Said, str | None]:
    """What is said of the file, and the SHA-256 that it shall have."""
    fields = metadata_of(header)
    return said(fields, fields.get("filename", "")), fields.get("sha256", "").lower() or None


def begin(
    desk: Desk, caller: Caller, task_id: int, lease: str | None, length: int, metadata: str
) -> Progress:
    """Begin an upload to a task. Raises MediaTooLarge, MediaFull, and what `attach` would."""
    limits = desk.media.limits
    if length < 1:
        raise InputError("an empty file is not taken")
    if length > limits.max_file:
        raise MediaTooLarge(f"a file may have {limits.max_file} bytes at most")
    if len(metadata) > _LONGEST_METADATA:
        raise InputError(f"Upload-Metadata may have {_LONGEST_METADATA} characters at most")
    _described(metadata)
    desk.media.require_space(length)
    name = secrets.token_hex(16)
    with desk.transaction(caller, Right.WORK) as work:
        permitted(work, task_id, lease)
        count, size = uploads.under_way(work.connection, token=caller.id)
        if count >= _AT_A_TIME or size + length > limits.max_unfinished:
            raise MediaTooLarge(
                f"{count} uploads of this token are under way; finish or delete some first"
            )
        _, there = attachments.taken(work.connection, task_id)
        _, coming = uploads.under_way(work.connection, task=task_id)
        if there + coming + length > limits.max_task:
            raise MediaTooLarge(f"a task may have {limits.max_task} bytes at most")
        expires_at = work.at + limits.upload_lifetime
        row = {
            "id": name,
            "task": task_id,
            "token": caller.id,
            "length": length,
            "metadata": metadata,
            "expires_at": expires_at,
        }
        uploads.add(work.connection, row)
    return Progress(name, length, 0, metadata, expires_at, None)


def progress(desk: Desk, caller: Caller, task_id: int, name: str, lease: str | None) -> Progress:
    """How far an upload is; one that is complete becomes its attachment, if it is not yet."""
    found = _find(desk, caller, task_id, name)
    if found.attachment is not None or found.offset < found.length:
        return found
    with resume(desk, caller, task_id, name, found.length) as writing:
        return writing.settle(lease)


def _find(desk: Desk, caller: Caller, task_id: int, name: str) -> Progress:
    caller.require(Right.WORK)
    with desk.store.read() as connection:
        row = uploads.find(connection, name, task_id, caller.id)
    if row is None or row.expires_at <= desk.now():
        raise NotFound("there is no such upload of this token")
    done = row.attachment is not None
    offset = row.length if done else desk.media.offset(name)
    return Progress(name, row.length, offset, row.metadata, row.expires_at, row.attachment)


def resume(desk: Desk, caller: Caller, task_id: int, name: str, offset: int) -> Writing:
    """An upload to be written behind `offset`. Raises NotFound, Conflict for another offset."""
    _find(desk, caller, task_id, name)
    partial = desk.media.resume(name)
    try:
        found = _find(desk, caller, task_id, name)  # as it is now that nobody else writes
        if found.offset != offset:
            raise Conflict(f"the upload is at offset {found.offset}")
        if found.offset < found.length:
            desk.media.require_space(found.length - found.offset)
    except BaseException:
        partial.close()
        raise
    return Writing(desk, caller, task_id, found, partial)


@dataclass
class Writing:
    """An upload that a request writes to; close it, also as a context."""

    desk: Desk
    caller: Caller
    task_id: int
    found: Progress
    partial: Partial

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Make durable what has come, and let others write."""
        self.partial.close()
        if self.found.attachment is not None:  # opening it has made an empty file
            self.desk.media.drop_partial(self.found.id)

    @property
    def offset(self) -> int:
        """How much has come."""
        done = self.found.attachment is not None
        return self.found.length if done else self.partial.offset

    def write(self, data: bytes) -> None:
        """Add bytes; MediaTooLarge beyond the length that was announced."""
        if self.offset + len(data) > self.found.length:
            raise MediaTooLarge(f"the upload was announced with {self.found.length} bytes")
        self.partial.write(data)

    def settle(self, lease: str | None) -> Progress:
        """Make an attachment of it if all has come; how far it is."""
        found = self.found
        if found.attachment is None and self.partial.offset == found.length:
            self.partial.sync()
            number = _become(self.desk, self.caller, self.task_id, found, lease)
            return replace(found, offset=found.length, attachment=number)
        return replace(found, offset=self.offset)


def _become(desk: Desk, caller: Caller, task_id: int, found: Progress, lease: str | None) -> int:
    """The attachment of a complete upload. What can never be one is dropped with its bytes."""
    check(desk, caller, task_id, lease)
    about, digest = _described(found.metadata)
    try:
        examined = desk.media.examine(desk.media.partial(found.id))
        if digest not in (None, examined.sha256):
            raise UnfitMedia(
                "the bytes do not have the SHA-256 that was announced; send them again"
            )
    except (UnfitMedia, MediaTooLarge):
        _drop(desk, found.id)
        raise
    with desk.transaction(caller, Right.WORK) as work:
        number, _ = enter(work, permitted(work, task_id, lease), examined, about)
        values = {"attachment": number, "expires_at": work.at + _REMEMBERED}
        uploads.change(work.connection, found.id, values)
        return number


def _drop(desk: Desk, name: str) -> None:
    with desk.store.write() as connection:
        uploads.drop(connection, name)
    desk.media.drop_partial(name)


def cancel(desk: Desk, caller: Caller, task_id: int, name: str) -> None:
    """Give up an upload and what has come of it; an attachment that it has become stays."""
    _find(desk, caller, task_id, name)
    _drop(desk, name)


def sweep(desk: Desk) -> int:
    """Let go of expired uploads, and of files that nobody refers to; returns how many.

    What nobody refers to is left by requests and processes that ended half-way: a file is given a day
    before it counts as left over, for its transaction may still be under way.
    """
    media, at = desk.media, desk.now()
    with desk.store.read() as connection:
        over = uploads.expired(connection, at, _SWEPT_AT_ONCE)
    for name in over:
        _drop(desk, name)
    before = (at - _LEFT_OVER).timestamp()
    dropped = media.drop_left_over(before)
    for names in _batched(media.partials(before), _SWEPT_AT_ONCE):
        with desk.store.read() as connection:
            known = uploads.among(connection, names)
        for name in set(names) - known:
            media.drop_partial(name)
            dropped += 1
    for digests in _batched(media.stored(before), _SWEPT_AT_ONCE):
        with desk.store.read() as connection:
            known = rows.known(connection, digests)
        for digest in set(digests) - known:
            media.remove(digest, before)
            dropped += 1
    return len(over) + dropped


def _batched(found: Iterable[str], size: int) -> Iterator[list[str]]:
    """What is found, so many at a time."""
    names = iter(found)
    while several := list(islice(names, size)):
        yield several
