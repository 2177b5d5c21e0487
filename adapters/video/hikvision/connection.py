"""One connection to a device's alert stream."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import httpx

from adapters.video.hikvision.config import Config
from adapters.video.hikvision.stream import Collector, Group

QUIET = 2.0
"""Seconds without a byte after which an alert is taken to have all its pictures."""


class Lost(Exception):
    """The connection failed or ended; its text says why, for a person."""


class Refused(Lost):
    """The device does not let us in: more attempts could make it lock the account."""


@asynccontextmanager
async def connect(config: Config) -> AsyncIterator[AsyncIterator[Group]]:
    """The groups of a stream, as they come; raises Lost."""
    try:
        async with (
            _client(config) as client,
            client.stream("GET", f"{config.url}{config.stream_path}") as response,
        ):
            _check(response, config)
            async with aclosing(_groups(response, config.max_body)) as groups:
                yield groups
    except httpx.ReadTimeout:
        raise Lost(f"nothing has come for {config.read_timeout:g} seconds") from None
    except httpx.HTTPError as error:
        raise Lost(f"{type(error).__name__}: {error}".rstrip(": ")) from None


def _client(config: Config) -> httpx.AsyncClient:
    auth = None
    if config.username is not None and config.password is not None:
        auth = httpx.DigestAuth(config.username, config.password.get_secret_value())
    verify = ssl.create_default_context(cafile=config.ca_file)
    waits = httpx.Timeout(config.connect_timeout, read=config.read_timeout)
    return httpx.AsyncClient(
        auth=auth,
        verify=verify,
        timeout=waits,
        headers={"accept-encoding": "identity"},
        trust_env=False,
    )


def _check(response: httpx.Response, config: Config) -> None:
    """Raise Lost for an answer that is no stream."""
    status = response.status_code
    if status in (401, 403):
        raise Refused(f"the device refuses the username or password ({status})")
    if status == 404:
        raise Lost(f"the device has no {config.stream_path}; see stream_path in the README")
    if status != 200:
        raise Lost(f"the device answers {status}")
    if not response.headers.get("content-type", "").lower().startswith("multipart/"):
        raise Lost("the device's answer is no multipart stream")


async def _groups(response: httpx.Response, max_part: int) -> AsyncGenerator[Group, None]:
    collector, chunks = Collector(max_part), response.aiter_raw()
    reading: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            reading = asyncio.create_task(_next(chunks))
            if not (await asyncio.wait({reading}, timeout=QUIET))[0]:
                for group in collector.pause():
                    yield group
            chunk = await reading
            if chunk is None:
                break
            for group in collector.feed(chunk):
                yield group
    except httpx.HTTPError:
        for group in collector.close():
            yield group
        raise
    finally:
        if reading is not None:
            reading.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await reading
    for group in collector.close():
        yield group


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)
