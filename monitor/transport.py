"""Calling out: to addresses that may be called, and to no others.

A name is resolved once, each of its addresses is put to the policy, and the connection goes to one
that passed: where the name leads the next time does not matter. `Host` and SNI stay those of the URL.
No environment proxies, no redirects, no connection is used twice (the next URL may share an address
but not a certificate).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import httpx

from monitor.webhook import REFUSED, Address, Policy

_TIMEOUT = httpx.Timeout(15.0)
_ADDRESSES_TRIED = 4
_resolvers = ThreadPoolExecutor(8, thread_name_prefix="resolve")
"""Own threads: a name server that hangs holds up nobody else's work."""


class RefusedError(httpx.ConnectError):
    """The policy does not let any address of the host be called."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx's transport, connecting only to what the policy permits."""

    def __init__(self, policy: Policy, connections: int) -> None:
        self._policy = policy
        self._inner = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first permitted address that answers."""
        host = request.url.raw_host.decode("ascii")
        found = await _resolve(host, request.url.port or _DEFAULT[request.url.scheme])
        permitted = [a for a in found if self._policy.permits(a, request.url.scheme)]
        if not permitted:
            raise RefusedError(REFUSED)
        request.extensions["sni_hostname"] = host
        for address in permitted[: _ADDRESSES_TRIED - 1]:
            try:
                return await self._send(request, address)
            except httpx.ConnectError:
                if address == permitted[-1]:
                    raise
        return await self._send(request, permitted[_ADDRESSES_TRIED - 1])

    async def _send(self, request: httpx.Request, address: Address) -> httpx.Response:
        request.url = request.url.copy_with(host=str(address))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Give back what is open."""
        await self._inner.aclose()


_DEFAULT = {"http": 80, "https": 443}


async def _resolve(host: str, port: int) -> list[Address]:
    def look() -> list[Address]:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [ipaddress.ip_address(entry[4][0]) for entry in entries]

    try:
        return await asyncio.get_running_loop().run_in_executor(_resolvers, look)
    except (OSError, UnicodeError, ValueError) as error:
        raise httpx.ConnectError("the name cannot be resolved") from error


def client(policy: Policy, connections: int) -> httpx.AsyncClient:
    """A client that calls only what the policy permits."""
    return httpx.AsyncClient(
        transport=GuardedTransport(policy, connections),
        timeout=_TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "offsite-monitor"},
    )
