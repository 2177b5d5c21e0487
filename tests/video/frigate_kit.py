"""A Frigate: its messages on a real broker, its API on a real server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.broker.message import Message
from adapters.video.frigate import Adapter
from adapters.video.frigate.config import Config
from tests.pictures import photo
from tests.servers import Mosquitto, async_wait_for
from tests.video.kit import NOW, Bench
from tests.video.platform import Asked, Platform, Says, open_for, says
from tests.video.streaming import reading

AT = NOW.timestamp() - 60
REVIEW, OBJECT = f"{AT:.6f}-r7k2ab", f"{AT + 1:.6f}-ab12cd"
PHOTO = photo(size=(64, 48))


def config(**settings: Any) -> Config:
    given = {"type": "frigate", "name": "recorder", "url": "mqtt://127.0.0.1:1", **settings}
    return Config.model_validate(given)


def message(payload: bytes, topic: str = "reviews", **more: Any) -> Message:
    return Message(
        topic=f"frigate/{topic}",
        payload=payload,
        size=len(payload),
        digest=b"",
        mid=1,
        **{"qos": 1, **more},
    )


def review(**more: Any) -> dict[str, Any]:
    """As frigate/reviews and /api/review have it."""
    data = {
        "detections": [OBJECT],
        "objects": ["truck"],
        "sub_labels": [],
        "zones": [],
        "audio": [],
    }
    return {
        "id": REVIEW,
        "camera": "yard_gate",
        "start_time": AT,
        "end_time": None,
        "severity": "alert",
        "data": data,
        **more,
    }


def tracked(**more: Any) -> dict[str, Any]:
    """As frigate/events has it."""
    return {
        "id": OBJECT,
        "camera": "yard_gate",
        "label": "truck",
        "start_time": AT + 1,
        "end_time": None,
        "top_score": 0.87,
        "false_positive": False,
        "has_snapshot": True,
        **more,
    }


def told(after: dict[str, Any], kind: str = "new") -> bytes:
    return json.dumps({"type": kind, "before": after, "after": after}).encode()


@dataclass
class Recorder:
    """Frigate's API as its documentation has it: lists by time, snapshots, a login where it wants one."""

    reviews: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    snapshots: dict[str, bytes] = field(default_factory=dict)
    password: str | None = None
    tokens: set[str] = field(default_factory=set)
    says: Callable[[Asked], Says | None] = lambda _: None
    """What it answers to a request instead of what it should."""

    def __post_init__(self) -> None:
        self.platform = Platform(self._answer)

    def _answer(self, asked: Asked) -> Says:
        if (instead := self.says(asked)) is not None:
            return instead
        if asked.path == "/api/login":
            return self._login(json.loads(asked.body))
        if self.password and asked.headers.get("authorization", "")[7:] not in self.tokens:
            return says({"message": "unauthorized"}, 401)
        if asked.path in ("/api/review", "/api/events"):
            return says(self._listed(asked))
        picture = self.snapshots.get(asked.path)
        if picture is None:
            return says({"success": False, "message": "Snapshot not available"}, 404)
        return Says(picture, headers={"Content-Type": "image/jpeg"})

    def _login(self, given: dict[str, str]) -> Says:
        if given != {"user": "monitor", "password": self.password}:
            return says({"message": "Login failed"}, 401)
        token = f"token-{len(self.tokens)}"
        self.tokens = {token}
        return says({}, 200, **{"Set-Cookie": f"frigate_token={token}; HttpOnly; Path=/"})

    def _listed(self, asked: Asked) -> list[dict[str, Any]]:
        rows = self.reviews if asked.path == "/api/review" else self.events
        after, before = float(asked.params["after"]), float(asked.params["before"])
        found = [row for row in rows if after < row["start_time"] < before]
        newest = sorted(found, key=lambda row: -row["start_time"])
        return newest[: int(asked.params["limit"])]


@contextlib.asynccontextmanager
async def running(
    bench: Bench, broker: Mosquitto, recorder: Recorder | None = None, **settings: Any
) -> AsyncIterator[Adapter]:
    """An adapter, connected."""
    async with contextlib.AsyncExitStack() as stack:
        given: dict[str, Any] = {"url": f"mqtt://127.0.0.1:{broker.port}", **settings}
        if recorder is not None:
            given["api"] = await stack.enter_async_context(open_for(recorder.platform))
        adapter = Adapter(config(**given), bench.context())
        await stack.enter_async_context(reading(adapter))
        await async_wait_for(lambda: adapter._session.status()["ready"])
        yield adapter
