"""One connection to a device that streams its alarms over HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

QUIET = 2.0
"""Seconds without a byte after which nothing more is taken to belong to what has come."""

REFUSED = 300.0
"""Seconds before a name and password are tried again that were refused: some wrong ones in a row lock
the account."""


class Lost(Exception):
    """The connection failed or ended; its text says why, for a person."""


class Refused(Lost):
    """The device does not let us in: more attempts could make it lock the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The stream of a device, and how to get in."""

    url: str
    """Of the device."""
    path: str
    username: str | None
    password: SecretStr | None
    ca_file: Path | None
    connect_timeout: float
    """Seconds."""
    read_timeout: float
    """Seconds without a byte after which the device is taken to be gone."""


@asynccontextmanager
async def connect(source: Source) -> AsyncIterator[AsyncIterator[bytes | None]]:
    """The bytes of a stream as they come, None where it is quiet; raises Lost."""
    try:
        async with (
            _client(source) as client,
            client.stream("GET", f"{source.url}{source.path}") as response,
        ):
            _check(response, source)
            async with aclosing(_pieces(response)) as pieces:
                yield pieces
    except httpx.ReadTimeout:
        raise Lost(f"nothing has come for {source.read_timeout:g} seconds") from None
    except httpx.HTTPError as error:
        raise Lost(f"{type(error).__name__}: {error}".rstrip(": ")) from None


def _client(source: Source) -> httpx.AsyncClient:
    auth = None
    if source.username is not None and source.password is not None:
        auth = httpx.DigestAuth(source.username, source.password.get_secret_value())
    return httpx.AsyncClient(
        auth=auth,
        verify=ssl.create_default_context(cafile=source.ca_file),
        timeout=httpx.Timeout(source.connect_timeout, read=source.read_timeout),
        headers={"accept-encoding": "identity"},
        trust_env=False,
    )


def _check(response: httpx.Response, source: Source) -> None:
    """Raise Lost for an answer that is no stream."""
    status = response.status_code
    if status in (401, 403):
        raise Refused(f"the device refuses the username or password ({status})")
    if status == 404:
        raise Lost(f"the device has no {source.path.partition('?')[0]}; see the README")
    if status != 200:
        raise Lost(f"the device answers {status}")
    if not response.headers.get("content-type", "").lower().startswith("multipart/"):
        raise Lost("the device's answer is no multipart stream")


async def _pieces(response: httpx.Response) -> AsyncGenerator[bytes | None, None]:
    chunks = response.aiter_raw()
    reading: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            reading = asyncio.create_task(_next(chunks))
            if not (await asyncio.wait({reading}, timeout=QUIET))[0]:
                yield None
            chunk = await reading
            if chunk is None:
                return
            yield chunk
    finally:
        if reading is not None:
            reading.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await reading


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)
