"""The daemon is killed while messages flow: whatever the broker has taken is stored, and once."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from monitor.clock import to_ms
from monitor.observation import Period
from monitor.store import Store, devices, readings
from tests import wire
from tests.daemon.process import Process
from tests.servers import Mosquitto, wait_for

KILLS = 4
METER = "示例电表01"
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
ADAPTER = """
[[adapters]]
type = "mqtt"
name = "power"
url = "mqtt://127.0.0.1:{port}"
topics = ["gateways/+/data"]
payload = "json"
[adapters.profile]
device = "meter"
time = "at"
time_format = "epoch_ms"
items = "values.*"
"""


@dataclass
class Gateway:
    """Publishes readings of a meter; knows which packets the broker has acknowledged."""

    port: int
    sent: int = 0
    acknowledged: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_publish = lambda _c, _u, mid, _r, _p: self.acknowledged.add(mid)
        self._client.connect("127.0.0.1", self.port)
        self._client.loop_start()

    def publish(self, count: int) -> None:
        for _ in range(count):
            at = to_ms(BEGIN + timedelta(seconds=self.sent))
            payload = json.dumps({"meter": METER, "at": at, "values": {"P": self.sent}})
            self._client.publish("gateways/1/data", payload, qos=1)
            self.sent += 1

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def stored(store: Store) -> list[int]:
    with store.read() as connection:
        number = devices.find(connection, [METER]).get(METER)
        if number is None:
            return []
        until = to_ms(BEGIN + timedelta(days=20))
        found = readings.stored(connection, number, METER, Period.REALTIME, to_ms(BEGIN), until)
        return [(to_ms(item.readings.start) - to_ms(BEGIN)) // 1000 for item in found]


@pytest.mark.slow
def test_whatever_the_broker_has_taken_survives_sigkill_of_the_daemon(
    database_url: str, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    draw = random.Random(20261123)
    daemon = Process(tmp_path, database_url, extra=ADAPTER.format(port=mosquitto.port))
    daemon.start()
    wait_for(lambda: "Sending SUBACK to offsite-monitor-power" in mosquitto.log)
    gateway = Gateway(mosquitto.port)
    for _ in range(KILLS):
        gateway.publish(400)
        time.sleep(draw.uniform(0.0, 0.4))  # the instant is what is being tried
        daemon.kill()
        gateway.publish(100)
        daemon.start()
    wait_for(lambda: len(gateway.acknowledged) == gateway.sent)
    gateway.end()
    store = Store(database_url)
    wait_for(lambda: len(stored(store)) >= gateway.sent, timeout=60)
    assert stored(store) == list(range(gateway.sent))
    store.close()
    answer = wire.get(f"http://127.0.0.1:{daemon.http}/readyz")
    assert answer.json()["adapters"]["power"]["ready"], answer.text
    assert daemon.end() == 0
