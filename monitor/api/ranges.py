"""Answers from elsewhere than the disk: streamed, whole or one range of them (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from fastapi import Response
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

Read = Callable[[int, int], Iterator[bytes]]
"""The bytes from one offset up to another."""


class UnsatisfiableError(Exception):
    """The range begins behind the end."""


def span(asked: str | None, size: int) -> tuple[int, int] | None:
    """The offsets that a `Range` asks for; None = all: none, several, or one that is not understood.

    Raises UnsatisfiableError.
    """
    found = _RANGE.fullmatch((asked or "").replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:  # the last so many
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise UnsatisfiableError
    return start, end


class RangedResponse(Response):
    """Bytes that are read while they are sent."""

    def __init__(
        self, read: Read, size: int, *, media_type: str, headers: Mapping[str, str]
    ) -> None:
        self.status_code, self.media_type, self.background = 200, media_type, None
        self._read, self._size = read, size
        self.init_headers(dict(headers) | {"Accept-Ranges": "bytes"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what was asked for; what fails, fails before the answer begins, if it can."""
        asked = Headers(scope=scope)
        unchanged = asked.get("if-range") in (None, self.headers.get("etag"))
        try:
            found = span(asked.get("range"), self._size) if unchanged else None
        except UnsatisfiableError:
            headers = {"Content-Range": f"bytes */{self._size}"}
            await Response(status_code=416, headers=headers)(scope, receive, send)
            return
        start, end = found or (0, self._size)
        headers = dict(self.headers) | {"content-length": str(end - start)}
        if found is not None:
            headers["content-range"] = f"bytes {start}-{end - 1}/{self._size}"
        pieces = self._read(start, end)
        first = await run_in_threadpool(next, pieces, b"")

        def all_of_it() -> Iterator[bytes]:
            yield first
            yield from pieces

        status = 206 if found else 200
        answer = StreamingResponse(iterate_in_threadpool(all_of_it()), status, headers)
        await answer(scope, receive, send)
