"""Resumable uploads (tus 1.0): begun, continued, finished, given up, swept.

How much of an upload has come is the length of its file, so nothing is lost when a process dies. An
upload whose last byte has come becomes at once what it is to be (`Purpose`); where that is not possible
(a lease was lost, the database was away) whoever asks for it next tries again, and is told why it does
not go.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from monitor.actions.desk import Desk
from monitor.errors import Conflict, MediaTooLarge, NotFound, UnfitMedia
from monitor.event import Examined
from monitor.media import Media
from monitor.media.drafts import Partial
from monitor.store import Connection, uploads
from monitor.store import media as rows
from monitor.task import InputError

T = TypeVar("T")

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_AT_A_TIME = 50
"""How many uploads of a token may be under way."""
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
    done: bool = False
    """It has become what it was to be; its bytes are kept there."""
    attachment: int | None = None


class Purpose(Protocol):
    """What an upload is for: whose it is, how much there may be, what it becomes."""

    @property
    def whose(self) -> Mapping[str, Any]:
        """The columns of `uploads` by which only its owner finds it."""

    @property
    def sender(self) -> Mapping[str, Any]:
        """Those by which all of a sender's uploads are counted together."""

    def check(self, metadata: str) -> None:
        """Raise InputError for metadata that says what it may not."""

    def admitted(self, length: int) -> AbstractContextManager[tuple[Connection, datetime]]:
        """A transaction to begin an upload in; raises what speaks against it."""

    def permit(self) -> None:
        """Raise what speaks against its becoming anything now, before it is looked at."""

    def examine(self, path: Path, metadata: str) -> Examined:
        """Look at the complete file; raises UnfitMedia, MediaTooLarge."""

    def become(self, found: Progress, examined: Examined) -> int | None:
        """Let it become what it is to be, and be finished, durably; the attachment, if it is one.

        Raises UnfitMedia for what can never be anything.
        """


def metadata_of(header: str) -> dict[str, str]:
    """What `Upload-Metadata` says: keys and base64 values, in pairs. Raises InputError."""
    found = {}
    for pair in filter(None, (each.strip() for each in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise InputError(f"Upload-Metadata: {key[:40]!r} is not base64 of UTF-8") from None
    if not _DIGEST.fullmatch(found.get("sha256") or "0" * 64):
        raise InputError("Upload-Metadata: sha256 is 64 hexadecimal digits")
    return found


def begin(desk: Desk, purpose: Purpose, length: int, metadata: str) -> Progress:
    """Begin an upload. Raises MediaTooLarge, MediaFull, and what its purpose has against it."""
    limits = desk.media.limits
    if length < 1:
        raise InputError("an empty file is not taken")
    if length > limits.max_file:
        raise MediaTooLarge(f"a file may have {limits.max_file} bytes at most")
    if len(metadata) > _LONGEST_METADATA:
        raise InputError(f"Upload-Metadata may have {_LONGEST_METADATA} characters at most")
    purpose.check(metadata)
    desk.media.require_space(length)
    name = secrets.token_hex(16)
    with purpose.admitted(length) as (connection, at):
        uploads.lock(connection, purpose.sender)
        count, size = uploads.under_way(connection, purpose.sender)
        if count >= _AT_A_TIME or size + length > limits.max_unfinished:
            raise MediaTooLarge(
                f"{count} uploads of this token are under way; finish or delete some first"
            )
        expires_at = at + limits.upload_lifetime
        row = {"id": name, "length": length, "metadata": metadata, "expires_at": expires_at}
        uploads.add(connection, row | dict(purpose.whose))
    return Progress(name, length, 0, metadata, expires_at)


def progress(desk: Desk, purpose: Purpose, name: str) -> Progress:
    """How far an upload is; one that is complete becomes what it is to be, if it has not yet."""
    found = _find(desk, purpose, name)
    if found.done or found.offset < found.length:
        return found
    with resume(desk, purpose, name, found.length) as writing:
        return writing.settle()


def _find(desk: Desk, purpose: Purpose, name: str) -> Progress:
    with desk.store.read() as connection:
        row = uploads.find(connection, name, purpose.whose)
    if row is None or (row.expires_at <= desk.now() and not _unread(desk, row)):
        raise NotFound("there is no such upload of this token")
    done = row.finished_at is not None
    offset = row.length if done else desk.media.offset(name)
    return Progress(name, row.length, offset, row.metadata, row.expires_at, done, row.attachment)


def _unread(desk: Desk, row: Any) -> bool:
    """Whether all of an upload to an adapter has come and nobody has read it: that does not expire."""
    waits = row.adapter is not None and row.finished_at is None
    return waits and desk.media.offset(row.id) >= row.length


def resume(desk: Desk, purpose: Purpose, name: str, offset: int) -> Writing:
    """An upload to be written behind `offset`. Raises NotFound, Conflict for another offset."""
    _find(desk, purpose, name)
    partial = desk.media.resume(name)
    try:
        found = _find(desk, purpose, name)  # as it is now that nobody else writes
        if found.offset != offset:
            raise Conflict(f"the upload is at offset {found.offset}")
        if found.offset < found.length:
            desk.media.require_space(found.length - found.offset)
    except BaseException:
        partial.close()
        raise
    return Writing(desk, purpose, found, partial)


@dataclass
class Writing:
    """An upload that a request writes to; close it, also as a context."""

    desk: Desk
    purpose: Purpose
    found: Progress
    partial: Partial

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Make durable what has come, and let others write."""
        self.partial.close()
        if self.found.done:  # opening it has made an empty file
            self.desk.media.drop_partial(self.found.id)

    @property
    def offset(self) -> int:
        """How much has come."""
        return self.found.length if self.found.done else self.partial.offset

    def expect(self, size: int) -> None:
        """Raise MediaTooLarge where so many bytes more go beyond the length that was announced."""
        if self.offset + size > self.found.length:
            raise MediaTooLarge(f"the upload was announced with {self.found.length} bytes")

    def write(self, data: bytes) -> None:
        """Add bytes; raises what `expect` does."""
        self.expect(len(data))
        self.partial.write(data)

    def settle(self) -> Progress:
        """Let it become what it is to be if all has come; how far it is."""
        found = replace(self.found, offset=self.offset)
        if found.done or found.offset < found.length:
            return found
        self.partial.sync()
        self.purpose.permit()
        examined = self._or_drop(
            lambda: self.purpose.examine(self.desk.media.partial(found.id), found.metadata),
            UnfitMedia,
            MediaTooLarge,
        )
        made = self._or_drop(lambda: self.purpose.become(found, examined), UnfitMedia)
        self.desk.media.drop_partial(found.id)
        return replace(found, done=True, attachment=made)

    def _or_drop(self, step: Callable[[], T], *never: type[Exception]) -> T:
        """Take a step; what can never become anything is dropped with its bytes."""
        try:
            return step()
        except never:
            _drop(self.desk, self.found.id)
            raise


def examine(media: Media, path: Path, metadata: str, *, anything: bool = False) -> Examined:
    """A complete upload, looked at and held against the SHA-256 that was announced, if one was."""
    examined = media.examine(path, anything=anything)
    announced = metadata_of(metadata).get("sha256", "").lower()
    if announced not in ("", examined.sha256):
        raise UnfitMedia("the bytes do not have the SHA-256 that was announced; send them again")
    return examined


def _drop(desk: Desk, name: str) -> None:
    with desk.store.write() as connection:
        uploads.drop(connection, name)
    desk.media.drop_partial(name)


def cancel(desk: Desk, purpose: Purpose, name: str) -> None:
    """Give up an upload and what has come of it; what it has become stays."""
    _find(desk, purpose, name)
    _drop(desk, name)


def sweep(desk: Desk) -> int:
    """Let go of expired uploads, and of drafts and parts that nobody goes on with; returns how many.

    An upload to an adapter that is complete is never let go of before it is read.
    """
    media, at = desk.media, desk.now()
    dropped, last = 0, ""
    while True:
        with desk.store.read() as connection:
            over = uploads.expired(connection, at, last, _SWEPT_AT_ONCE)
        for row in over:
            if not _unread(desk, row):
                _drop(desk, row.id)
                dropped += 1
        if len(over) < _SWEPT_AT_ONCE:
            break
        last = over[-1].id
    before = (at - _LEFT_OVER).timestamp()
    dropped += media.drop_left_over(before)
    for names in _batched(media.partials(before), _SWEPT_AT_ONCE):
        with desk.store.read() as connection:
            known = uploads.among(connection, names)
        for name in set(names) - known:
            media.drop_partial(name)
            dropped += 1
    return dropped


def sweep_files(desk: Desk) -> int:
    """Let go of files that nobody refers to; returns how many. It goes through all there are.

    They are left by requests and processes that ended half-way: a file is given a day before it counts as
    left over, for its transaction may still be under way.
    """
    media, dropped = desk.media, 0
    before = (desk.now() - _LEFT_OVER).timestamp()
    for digests in _batched(media.stored(before), _SWEPT_AT_ONCE):
        with desk.store.read() as connection:
            known = rows.known(connection, digests)
        for digest in set(digests) - known:
            media.remove(digest, before)
            dropped += 1
    return dropped


def _batched(found: Iterable[str], size: int) -> Iterator[list[str]]:
    """What is found, so many at a time."""
    names = iter(found)
    while several := list(islice(names, size)):
        yield several
