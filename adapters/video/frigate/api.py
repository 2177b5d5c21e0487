"""Frigate's HTTP API: what happened in a span of time, and the picture of a tracked object.

Source: Frigate's documentation, integrations/api (GET /api/review, GET /api/events,
GET /api/events/{id}/snapshot.jpg, POST /api/login), configuration/authentication.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

from adapters.video import bodies
from adapters.video.access import Access, Headers
from adapters.video.api import Answer, Api, TooLarge
from adapters.video.connection import Lost, Refused
from adapters.video.frigate.config import Config
from adapters.video.frigate.reception import Reception
from adapters.video.frigate.seen import What
from adapters.video.polling import Page, TooMuch
from adapters.video.snapshots import Had
from monitor.adapter import Context

MOST = 500
"""Reviews or events of one answer."""
_PATHS: dict[What, str] = {"reviews": "/api/review", "events": "/api/events"}
_COOKIE = "frigate_token"


class FrigateApi:
    """Asks one Frigate."""

    def __init__(self, api: Api, config: Config, context: Context, reception: Reception) -> None:
        self._config, self._context, self._reception = config, context, reception
        login = partial(_login, api, config) if config.api_username else None
        self._access = Access(api, login, {}, lambda answer: answer.status in (401, 403))

    def begin(self) -> None:
        """See `adapters.video.inquiry.Platform`."""
        self._reception.forget()

    async def pages(self, first: datetime, last: datetime, halve: bool) -> AsyncIterator[Page]:
        """What happened from one time to another."""
        kinds = self._config.take
        for what in kinds:
            at = self._context.now()
            answer = await self._list(what, first, last, halve)
            read = await asyncio.to_thread(self._reception.answered, answer.body, what, at)
            if halve and ((read.count or 0) >= MOST or bodies.TOO_MANY in read.problems):
                raise TooMuch
            if (read.count or 0) >= MOST:
                read.problems["too-many-events"] = None
            peer = f"{self._config.api}{_PATHS[what]}"
            yield self._reception.page(read, answer.body, peer, at, last=what == kinds[-1])

    async def _list(self, what: What, first: datetime, last: datetime, halve: bool) -> Answer:
        params: dict[str, Any] = {
            "after": first.timestamp(),
            "before": last.timestamp(),
            "limit": MOST,
        }
        if what == "events":
            params["include_thumbnails"] = 0
        try:
            answer = await self._access.ask(_PATHS[what], self._config.max_answer, params)
        except TooLarge as large:
            raise TooMuch if halve else large from None
        if answer.status != 200:
            raise Lost(f"{_PATHS[what]} answers {answer.status}")
        return answer

    async def picture(self, path: str) -> Had:
        """The picture at a path; 404 is how Frigate says that there is none (yet)."""
        answer = await self._access.ask(path, self._config.max_picture)
        return Had(answer, there=answer.status == 200 and bool(answer.body))


async def _login(api: Api, config: Config) -> Headers:
    password = config.api_password.get_secret_value() if config.api_password else ""
    given = {"user": config.api_username or "", "password": password}
    answer = await api.ask("/api/login", 65_536, json=given)
    if answer.status in (400, 401, 403):
        raise Refused(f"Frigate refuses the username or password ({answer.status})")
    token = answer.cookies.get(_COOKIE, "")
    if answer.status != 200 or not token or not token.isascii():
        raise Lost(f"/api/login answers {answer.status}, without a token")
    return {"authorization": f"Bearer {token}"}
