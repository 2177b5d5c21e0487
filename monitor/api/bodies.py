"""Bodies that are too large for memory: read as they come, forms straight onto the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from fastapi import HTTPException, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from monitor.api.problems import CutOff
from monitor.errors import MediaError, MediaTooLarge
from monitor.media import Draft, Media

_STALLED = 60.0
"""Seconds after which a body that stopped coming is given up, and what it holds let go."""
_FIELDS, _FIELD_BYTES = 20, 16_384
OVERHEAD = 100_000
"""What a form may have besides its files, in bytes."""


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body, piece by piece; raises CutOff where it breaks off or stops coming."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_STALLED):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except (ClientDisconnect, TimeoutError):
            raise CutOff("the body broke off") from None
        if chunk:
            yield chunk


@dataclass(frozen=True, slots=True)
class Received:
    """A file of a form: how its sender calls it, and where its bytes are."""

    field: str
    name: str
    draft: Draft
    sha256: str


@dataclass(slots=True)
class Form:
    """What a form had."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Received] = field(default_factory=list)


class Held:
    """The bodies of all requests that are held in memory together; more bytes than `most` are refused."""

    def __init__(self, most: int = 200_000_000) -> None:
        self.most, self.size = most, 0

    @contextmanager
    def room(self) -> Iterator[Room]:
        """Room for a body, given back at the end."""
        room = Room(self)
        try:
            yield room
        finally:
            self.size -= room.size


@dataclass(slots=True)
class Room:
    """What one body takes."""

    held: Held
    size: int = 0

    def take(self, size: int) -> None:
        """Take so many bytes more; a 503 problem where there is no room."""
        if self.held.size + size > self.held.most:
            raise HTTPException(503, "too much is being sent at once", {"Retry-After": "5"})
        self.held.size += size
        self.size += size


@asynccontextmanager
async def form(
    request: Request, media: Media, max_files: int, max_bytes: int | None = None
) -> AsyncIterator[Form]:
    """A multipart form, its files in drafts that are let go of at the end, unless they were placed.

    Raises 400 and 415 problems, MediaTooLarge, CutOff, and what a draft raises. `max_bytes` is of the
    whole form.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise HTTPException(415, "send the body as multipart/form-data")
    await run_in_threadpool(media.require_space, 0)
    reader, pieces, size = _Reader(boundary, media, max_files), chunks(request), 0
    try:
        async for chunk in pieces:
            size += len(chunk)
            if max_bytes is not None and size > max_bytes:
                raise MediaTooLarge(f"a form may have {max_bytes} bytes at most")
            await run_in_threadpool(reader.feed, chunk)
        yield await run_in_threadpool(reader.finish)
    except MediaError:
        async for (
            _
        ) in pieces:  # a browser shows no answer before it has sent all; the guard has a limit
            pass
        raise
    finally:
        await run_in_threadpool(reader.discard)


class _Reader:
    """Follows the parser, in a worker thread: values into memory, files into drafts."""

    def __init__(self, boundary: bytes, media: Media, max_files: int) -> None:
        self._media, self._max_files = media, max_files
        self._form, self._drafts = Form(), list[Draft]()
        self._header, self._value = bytearray(), bytearray()
        self._options: dict[bytes, bytes] = {}
        self._draft: Draft | None = None
        self._whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._name_header,
                "on_header_value": self._add_header,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._add,
                "on_part_end": self._end,
                "on_end": self._end_all,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise HTTPException(400, "the form cannot be read") from None

    def finish(self) -> Form:
        """The form, once all of it has come."""
        if not self._whole:
            raise HTTPException(400, "the form is not complete")
        return self._form

    def discard(self) -> None:
        """Let go of every draft that was not placed."""
        for draft in self._drafts:
            draft.discard()

    # --- what the parser says -------------------------------------------------------------------

    def _begin(self) -> None:
        self._options, self._draft, self._value = {}, None, bytearray()

    def _name_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, self._options = parse_options_header(bytes(self._value))
        self._header, self._value = bytearray(), bytearray()

    def _open(self) -> None:
        if b"name" not in self._options:
            raise HTTPException(400, "a part of the form has no name")
        if self._options.get(b"filename"):
            if len(self._drafts) >= self._max_files:
                raise MediaTooLarge(f"{self._max_files} files at most may come at once")
            self._draft = self._media.draft()
            self._drafts.append(self._draft)
        elif len(self._form.fields) >= _FIELDS:
            raise MediaTooLarge(f"a form may have {_FIELDS} fields at most")

    def _add(self, data: bytes, start: int, end: int) -> None:
        if self._draft is not None:
            self._draft.write(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > _FIELD_BYTES:
            raise MediaTooLarge(f"a field may have {_FIELD_BYTES} bytes at most")

    def _end(self) -> None:
        name = _text(self._options[b"name"])
        if self._draft is not None:
            called = _text(self._options[b"filename"])
            self._form.files.append(Received(name, called, self._draft, self._draft.finish()))
        elif b"filename" not in self._options:  # a file input that was left empty is nothing
            self._form.fields[name] = _text(bytes(self._value))

    def _end_all(self) -> None:
        self._whole = True


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
