"""Fetching a file by a URL that a source named: only from where it may be fetched, and bounded.

Such URLs point at picture servers inside the bureau's network and are written by whoever can push an
event: without a list of networks they would be a way to have us call anything (SSRF).
"""

from __future__ import annotations

import asyncio

import httpx

from monitor import transport
from monitor.errors import FetchError
from monitor.webhook import Policy

_SECONDS = 15.0
_AT_ONCE = 8


class Fetching:
    """Files from the networks of a policy."""

    def __init__(self, policy: Policy, most: int) -> None:
        """`most`: bytes of a file."""
        self._policy, self._most = policy, most
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def fetch(self, url: str) -> bytes:
        """The bytes behind a URL; raises FetchError with what was wrong."""
        fault = self._policy.fault(url)
        if fault is not None:
            raise FetchError(fault)
        try:
            async with asyncio.timeout(_SECONDS), self._turns:
                return await self._read(url)
        except TimeoutError:
            raise FetchError(f"not there within {_SECONDS:.0f} s") from None
        except httpx.HTTPError as error:
            raise FetchError(str(error) or type(error).__name__) from None

    async def _read(self, url: str) -> bytes:
        body = bytearray()
        async with (
            transport.client(self._policy, 1) as client,
            client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            if answer.status_code != 200:
                raise FetchError(f"answered {answer.status_code}")
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > self._most:
                    raise FetchError(f"more than {self._most} bytes")
        return bytes(body)
