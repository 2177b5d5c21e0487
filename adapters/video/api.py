"""Asking a platform's HTTP API: answers of bounded size within bounded time, no redirects, no proxies.

Only paths that we make ourselves are asked for, at the one address of the configuration: whatever a
platform writes into its answers, it leads nowhere else.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.video.connection import Lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where an API is, and how long and how large its answers may be."""

    url: str
    ca_file: Path | None
    connect_timeout: float
    """Seconds."""
    answer_within: float
    """Seconds for a whole answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    content_type: str
    body: bytes
    head: bytes
    """Status and headers, as they came."""
    cookies: Mapping[str, str]


class Api(AbstractAsyncContextManager["Api"]):
    """Asks one server; used within `async with`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: httpx.AsyncClient

    async def __aenter__(self) -> Api:
        server = self._server
        self._client = httpx.AsyncClient(
            base_url=server.url,
            verify=ssl.create_default_context(cafile=server.ca_file),
            timeout=httpx.Timeout(server.answer_within, connect=server.connect_timeout),
            headers={"accept-encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(
        self,
        path: str,
        most: int,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, of at most so many bytes; with `json`, to a POST. Raises Lost."""
        request = self._client.build_request(
            "GET" if json is None else "POST", path, params=params, headers=headers, json=json
        )
        self._client.cookies.clear()  # what is needed of them is sent by hand
        within = self._server.answer_within
        try:
            async with asyncio.timeout(within):
                return await self._read(request, most)
        except TimeoutError:
            raise Lost(f"{path}: no whole answer within {within:g} seconds") from None
        except httpx.HTTPError as error:
            raise Lost(f"{path}: {type(error).__name__}: {error}".rstrip(": ")) from None

    async def _read(self, request: httpx.Request, most: int) -> Answer:
        body = bytearray()
        response = await self._client.send(request, stream=True)
        try:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > most:
                    raise Lost(f"{request.url.path}: an answer of more than {most} bytes")
        finally:
            await response.aclose()
        cookies = {name: value or "" for name, value in response.cookies.items()}
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            body=bytes(body),
            head=_head(response),
            cookies=cookies,
        )


def _head(response: httpx.Response) -> bytes:
    lines = [name + b": " + value for name, value in response.headers.raw]
    return b"\r\n".join([f"HTTP {response.status_code}".encode(), *lines, b""])
