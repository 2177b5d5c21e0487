"""A dock and a remote controller, a broker, a store, and what the adapter is given."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import threading
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from adapters.drone.dji.adapter import Adapter
from adapters.drone.dji.config import Config
from monitor.event import Examined
from monitor.filing import Filing
from monitor.objects import S3, Bucket
from tests.objects import ROLE, SECRET, ObjectStore
from tests.servers import Mosquitto, async_wait_for, wait_for
from tests.video.kit import Bench

DOCK = "7CTDM3D00B0000"
FLIGHT = "8f2d1c9e-示例"


def file_message(object_key: str, /, **more: Any) -> dict[str, Any]:
    """`file_upload_callback` as the documentation has it."""
    file = {
        "object_key": object_key,
        "path": "flight",
        "name": object_key.rpartition("/")[2],
        "ext": {
            "flight_id": FLIGHT,
            "drone_model_key": "0-91-1",
            "payload_model_key": "1-81-0",
            "is_original": True,
        },
        "metadata": {
            "gimbal_yaw_degree": "-91.40",
            "absolute_altitude": 56.311,
            "relative_altitude": 41.124,
            "create_time": "2026-08-01 12:04:20",
            "shoot_position": {"lat": 22.1, "lng": 113.5},
        },
    }
    task = {"uploaded_file_count": 1, "expected_file_count": 3, "flight_type": 0}
    return {"file": file | more, "flight_task": task}


@dataclass
class Dock:
    """Publishes as a dock does, puts files into the bucket, hears the replies."""

    broker: Mosquitto
    sn: str = DOCK
    replies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __enter__(self) -> Dock:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._on_message
        subscribed: list[int] = []
        self._client.on_subscribe = lambda *_: subscribed.append(1)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(f"thing/product/{self.sn}/+", 1), (f"sys/product/{self.sn}/+", 1)]
        )
        self._client.connect("127.0.0.1", self.broker.port)
        self._client.loop_start()
        wait_for(lambda: subscribed)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("_reply"):
            self.replies.append((message.topic, json.loads(message.payload)))

    def say(
        self, method: str, data: Any, kind: str = "thing", what: str = "events", **more: Any
    ) -> dict[str, Any]:
        message = {
            "tid": str(uuid.uuid4()),
            "bid": str(uuid.uuid4()),
            "timestamp": 1_785_556_800_000,
            "gateway": self.sn,
            "method": method,
            "need_reply": 1,
            "data": data,
        } | more
        self.send(json.dumps(message).encode(), kind, what)
        return message

    def send(self, payload: bytes, kind: str = "thing", what: str = "events") -> None:
        self._client.publish(f"{kind}/product/{self.sn}/{what}", payload, qos=1).wait_for_publish(
            10
        )

    async def reply_to(self, said: dict[str, Any]) -> dict[str, Any]:
        """The answer to a message."""

        def found() -> list[dict[str, Any]]:
            return [reply for _, reply in self.replies if reply["tid"] == said["tid"]]

        return (await async_wait_for(found))[0]


@dataclass
class Place(Bench):
    """Also takes files in pieces."""

    async def gather(self, pieces: Iterable[bytes]) -> Examined:
        if self.media_error is not None:
            raise self.media_error
        return await Filing(self.media).gather(pieces)

    def context(self, **more: Any) -> Any:
        return super().context(**{"gather": self.gather} | more)


def config(store: ObjectStore, broker: Mosquitto | None = None, **more: Any) -> Config:
    said = store.said()
    bucket = said.model_dump(exclude={"secret_key", "ca_file"}) | {"secret_key": SECRET}
    given = {
        "type": "dji",
        "name": "docks",
        "url": f"mqtt://127.0.0.1:{broker.port if broker else 1}",
        "bucket": bucket,
        "role_arn": ROLE,
    }
    return Config.model_validate(given | more)


def put(said: S3, name: str, content: bytes) -> str:
    """A file in the bucket, as a device puts it there; its key."""
    bucket = Bucket(said)
    bucket.put(name, io.BytesIO(content), len(content))
    return bucket.key(name)


@contextlib.contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that answers whatever is posted to it with 200 and one page; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.asynccontextmanager
async def running(config: Config, place: Place) -> AsyncIterator[Adapter]:
    adapter = Adapter(config, place.context(name=config.name))
    task = asyncio.create_task(adapter.run())
    try:
        await async_wait_for(lambda: adapter.status()["ready"] or task.done())
        yield adapter
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def place(folder: Path) -> Place:
    return Place(folder, name="docks")
