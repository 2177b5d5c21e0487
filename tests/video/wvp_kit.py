"""A WVP: its REST API on a real server, as its own source describes it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.video.wvp import Adapter
from adapters.video.wvp.config import Config
from tests.hj212.frames import ZONE
from tests.pictures import photo
from tests.video.kit import NOW, Bench
from tests.video.platform import Asked, Platform, Says, open_for, says
from tests.video.streaming import reading

AT = int(NOW.timestamp() * 1000) - 60_000
CHANNEL = "34020000001320000001"
PHOTO = photo(size=(64, 48))
LOGIN = {"username": "monitor", "password": "s3cret"}


def config(**settings: Any) -> Config:
    given = {"type": "wvp", "name": "platform", "url": "http://10.1.2.6:18080", **settings}
    if "api_key" not in given:
        given = LOGIN | given
    return Config.model_validate(given)


def row(number: int = 1, **more: Any) -> dict[str, Any]:
    """An alarm as WVP lists it; each number is another second."""
    return {
        "id": number,
        "channelId": 12,
        "channelDeviceId": CHANNEL,
        "channelName": "料场东门",
        "description": "区域入侵",
        "snapPath": None,
        "recordPath": None,
        "longitude": 112.4521,
        "latitude": 34.6197,
        "alarmType": "IntrusionDetection",
        "alarmTime": AT - number * 1000,
        **more,
    }


def key(of: dict[str, Any]) -> str:
    """The key of a row's event."""
    return f"{of['channelDeviceId']}|{of['alarmType']}|{of['alarmTime']}"


@dataclass
class Wvp:
    """Lists by time, newest first, in pages; pictures; a login."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    snaps: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    api_key: str | None = None
    says: Callable[[Asked], Says | None] = lambda _: None
    """What it answers to a request instead of what it should."""

    def __post_init__(self) -> None:
        self.platform = Platform(self._answer)

    @property
    def lists(self) -> list[Asked]:
        return self.platform.paths("/api/alarm/list")

    def _answer(self, asked: Asked) -> Says:
        if (instead := self.says(asked)) is not None:
            return instead
        if asked.path == "/api/user/login":
            return self._login(asked.params)
        if asked.path.startswith("/api/alarm/snap/"):  # no login is wanted for these
            picture = self.snaps.get(asked.path)
            return Says(status=204) if picture is None else Says(picture)
        token, own = asked.headers.get("access-token"), asked.headers.get("api-key")
        if token not in self.tokens and (own is None or own != self.api_key):
            return says({"code": 401, "msg": "请登录后重新请求"}, 401)
        return says({"code": 0, "msg": "成功", "data": self._listed(asked.params)})

    def _login(self, given: dict[str, str]) -> Says:
        if given != {"username": "monitor", "password": hashlib.md5(b"s3cret").hexdigest()}:
            return says({"code": 100, "msg": "用户名或密码错误", "data": None})
        token = f"token-{len(self.platform.asked)}"
        self.tokens = {token}
        return says({"code": 0, "msg": "成功", "data": {"accessToken": token}})

    def _listed(self, params: dict[str, str]) -> dict[str, Any]:
        first, last = (instant(params[name]) for name in ("beginTime", "endTime"))
        kinds = params.get("alarmType")
        found = [row for row in self.rows if first <= row["alarmTime"] <= last]
        found = [row for row in found if kinds is None or row["alarmType"] in kinds.split(",")]
        found.sort(key=lambda row: -row["alarmTime"])
        number, size = int(params["page"]), int(params["count"])
        shown = found[(number - 1) * size : number * size]
        pages = -(-len(found) // size)
        return {"total": len(found), "list": shown, "pageNum": number, "pages": pages}


def instant(text: str) -> float:
    local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    return local.timestamp() * 1000


@contextlib.asynccontextmanager
async def running(bench: Bench, wvp: Wvp, **settings: Any) -> AsyncIterator[Adapter]:
    """An adapter that asks it."""
    async with open_for(wvp.platform) as url:
        adapter = Adapter(config(url=url, **settings), bench.context())
        async with reading(adapter):
            yield adapter
