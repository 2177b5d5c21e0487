"""WVP's REST API: alarms of a span of time, and the picture of an alarm.

Source: WVP-GB28181-pro, `vmanager/alarm/AlarmController` (GET /api/alarm/list, /api/alarm/snap/{id}),
`vmanager/user/UserController` (GET /api/user/login), `conf/security/JwtUtils` (the headers).
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from adapters.video.access import Access, Headers
from adapters.video.api import Answer, Api
from adapters.video.connection import Lost, Refused
from adapters.video.polling import Page, TooMuch
from adapters.video.snapshots import Had
from adapters.video.wvp import codec
from adapters.video.wvp.config import Config
from adapters.video.wvp.reception import Reception
from monitor.adapter import Context

MOST_PAGES = 50
"""Pages that are read of a span."""
_LOGIN, _LIST = "/api/user/login", "/api/alarm/list"
_SMALL = 4096


class WvpApi:
    """Asks one WVP."""

    def __init__(self, api: Api, config: Config, context: Context, reception: Reception) -> None:
        self._config, self._context, self._reception = config, context, reception
        login = partial(_login, api, config) if config.username else None
        key = config.api_key
        headers = {} if key is None else {"api-key": key.get_secret_value()}
        self._access = Access(api, login, headers, _locked_out)

    def begin(self) -> None:
        """See `adapters.video.inquiry.Platform`."""
        self._reception.forget()

    async def pages(self, first: datetime, last: datetime, halve: bool) -> AsyncIterator[Page]:
        """The alarms from one time to another, the newest first, as WVP has them."""
        for number in range(1, MOST_PAGES + 1):
            answer = await self._list(first, last, number)
            at = self._context.now()
            read = await asyncio.to_thread(
                self._reception.read, answer.body, answer.content_type, at
            )
            if halve and read.pages > MOST_PAGES:
                raise TooMuch
            more = bool(read.rows) and number < read.pages
            if more and number == MOST_PAGES:
                read.name("too-many-alarms")
            yield self._reception.page(read, answer.body, at, more and number < MOST_PAGES)
            if not more:
                return

    async def _list(self, first: datetime, last: datetime, number: int) -> Answer:
        params: dict[str, Any] = {
            "page": number,
            "count": self._config.page_size,
            "beginTime": self._wall(math.floor(first.timestamp())),
            "endTime": self._wall(math.ceil(last.timestamp())),
        }
        if self._config.alarm_types:
            params["alarmType"] = ",".join(self._config.alarm_types)
        answer = await self._access.ask(_LIST, self._config.max_answer, params)
        if answer.status != 200:
            raise Lost(f"{_LIST} answers {answer.status}")
        return answer

    def _wall(self, second: int) -> str:
        """A time as WVP takes it: Beijing's, without saying so."""
        local = datetime.fromtimestamp(second, UTC).astimezone(self._config.clock)
        return f"{local:%Y-%m-%d %H:%M:%S}"

    async def picture(self, path: str) -> Had:
        """The picture of an alarm; 204 is how WVP says that there is none (yet)."""
        answer = await self._access.ask(path, self._config.max_picture)
        return Had(answer, there=answer.status == 200 and bool(answer.body))


def _locked_out(answer: Answer) -> bool:
    """It says so by its status, or within its envelope."""
    if answer.status in (401, 403):
        return True
    if len(answer.body) > _SMALL or not answer.body.lstrip().startswith(b"{"):
        return False
    read = codec.Read()
    codec.envelope(answer.body, answer.content_type, read)
    return read.refusal.partition(" ")[0] in ("401", "403")


async def _login(api: Api, config: Config) -> Headers:
    password = config.password.get_secret_value() if config.password else ""
    # MD5 is the platform's rule, not our choice
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    params = {"username": config.username, "password": digest}
    answer = await api.ask(_LOGIN, 65_536, params=params)
    read = codec.Read()
    found = codec.envelope(answer.body, answer.content_type, read)
    if read.refusal or answer.status in (401, 403):
        raise Refused(f"WVP refuses the username or password: {read.refusal or answer.status}")
    token = found.get("accessToken") if isinstance(found, dict) else None
    if answer.status != 200 or not (isinstance(token, str) and token.isascii() and token.strip()):
        raise Lost(f"{_LOGIN} answers {answer.status}, without a token")
    return {"access-token": token}
