"""What all routes below `/api/v1` do alike: ETags, `If-None-Match`, `If-Match`, `Idempotency-Key`.

A request that changes something carries its terms (`monitor.exchange`) to the action, which holds to
them in its transaction. The answer says the ETag of what was changed, and is kept, sealed, where the
request had a key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from monitor.api import sealed
from monitor.api.paging import matches
from monitor.errors import StoreError
from monitor.exchange import AlreadyDone, Exchange, Key, Repeated, Seen, read_key
from monitor.store import idempotency

log = structlog.get_logger("api")

PREFIX = "/api/v1"
READS = frozenset({"GET", "HEAD"})
_KEYED = ("", "application/json")
"""Bodies that a key is known with: files are too long to be read twice, and the same bytes are the same
attachment anyway. What tus asks for is in headers, and it has its own way to go on."""
_MOST_KEPT = 256_000
"""Bytes of an answer that are kept; none of ours is longer but for a very long alert's."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def operation_id(route: APIRoute) -> str:
    """A route's id in the document: the name of its function."""
    return route.name


class Route(APIRoute):
    """A route of the API."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, and around it what is said in headers."""
        handle: Handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            if request.method in READS:
                return _tagged(request, await handle(request))
            exchange = request.state.exchange = await _terms(request)
            try:
                response = await handle(request)
            except Repeated as again:
                return _replayed(request, exchange, again)
            _tell(response, exchange)
            await _keep(request, response, exchange)
            return response

        return answered


async def _terms(request: Request) -> Exchange:
    exchange = Exchange(seen=Seen.read(request.headers.getlist("if-match")))
    value = read_key(request.headers.getlist("idempotency-key"))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    keyed = kind in _KEYED and "tus-resumable" not in request.headers
    if value is not None and request.method == "POST" and keyed:
        # keyed, so that what was sent cannot be guessed by its digest: it may say who complained
        said = request.url.query.encode() + b"\0" + await request.body()
        content = hmac.new(value.encode(), said, "sha256")
        exchange.key = Key(value, f"POST {request.url.path}", content.hexdigest())
    return exchange


def _tell(response: Response, exchange: Exchange) -> None:
    if exchange.tag is not None:
        response.headers.setdefault("ETag", exchange.tag)
    if exchange.link is not None and response.status_code == 201:
        response.headers.setdefault("Location", f"{PREFIX}/{exchange.link}")


def _tagged(request: Request, response: Response) -> Response:
    """A whole answer with its ETag (what is made while it is sent has none), or 304."""
    headers, body = response.headers, getattr(response, "body", None)
    if (
        response.status_code != 200
        or body is None
        or "no-store" in headers.get("cache-control", "")
    ):
        return response
    if "etag" not in headers:
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers.setdefault("Cache-Control", "no-cache")
    headers.setdefault("Vary", "Authorization, Accept")
    if not matches(headers["etag"], request.headers.get("if-none-match")):
        return response
    kept = ("ETag", "Cache-Control", "Vary", "Preference-Applied")
    return Response(
        status_code=304, headers={name: headers[name] for name in kept if name in headers}
    )


async def _keep(request: Request, response: Response, exchange: Exchange) -> None:
    body = getattr(response, "body", None)
    if exchange.entered is None or exchange.key is None or body is None or len(body) > _MOST_KEPT:
        return
    answer = sealed.seal(_secret(request, exchange.key), response)
    store, entered = request.app.state.services.desk.store, exchange.entered

    def keep() -> None:
        with store.write() as connection:
            idempotency.keep_answer(connection, entered, answer)

    try:
        await run_in_threadpool(keep)
    except StoreError as error:  # what was asked for is done all the same
        log.warning("an answer is not kept", key=entered, error=str(error))


def _replayed(request: Request, exchange: Exchange, again: Repeated) -> Response:
    assert exchange.key is not None, "only what has a key is repeated"
    response = sealed.unseal(_secret(request, exchange.key), again.answer)
    if response is None:  # a person's JWT has been renewed since
        raise AlreadyDone(again.link)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _secret(request: Request, key: Key) -> str:
    """What only who asked knows: neither the token nor the key stand in the database."""
    return f"{request.headers.get('authorization', '')}\n{key.value}"
