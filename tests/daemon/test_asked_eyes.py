"""Frigate, WVP and ONVIF cameras with the running daemon: alerts with pictures, over a kill."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import wire
from tests.daemon.process import Process, uscc
from tests.mqtt.kit import publish
from tests.pictures import photo
from tests.servers import Mosquitto, wait_for
from tests.video.frigate_kit import Recorder, review, told
from tests.video.platform import beside
from tests.video.wvp_kit import CHANNEL, Wvp, row

FENCE = "yard-cam/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/fence"


def inside(state: bool, at: float) -> bytes:
    said = datetime.fromtimestamp(at, UTC).isoformat()
    source = {"VideoSourceConfigurationToken": "1", "Rule": "fence"}
    return json.dumps({"UtcTime": said, "Source": source, "Data": {"IsInside": state}}).encode()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def wvp() -> Wvp:
    return Wvp(api_key="eyJ.key")


@pytest.fixture
def daemon(
    database_url: str, tmp_path: Path, mosquitto: Mosquitto, recorder: Recorder, wvp: Wvp
) -> Iterator[Process]:
    broker = f'url = "mqtt://127.0.0.1:{mosquitto.port}"'
    media = f'[media]\nfolder = "{tmp_path / "media"}"\nkeep_free = 0'
    with beside(recorder.platform) as frigate_url, beside(wvp.platform) as wvp_url:
        frigate = f'type = "frigate"\nname = "recorder"\n{broker}\napi = "{frigate_url}"\nevery = 1'
        platform = f'type = "wvp"\nname = "gb"\nurl = "{wvp_url}"\napi_key = "eyJ.key"\nevery = 1'
        onvif = f'type = "onvif"\nname = "cameras"\n{broker}'
        entries = "".join(
            f"[[adapters]]\n{each}\n"
            for each in (f"{frigate}\npicture_pauses = [0.2, 1, 1, 1]", platform, onvif)
        )
        running = Process(tmp_path, database_url, f"{entries}{media}")
        running.register(1)
        cameras = tmp_path / "cameras"
        cameras.mkdir()
        with (cameras / "cameras.csv").open("w", newline="", encoding="utf-8") as file:
            named = [("yard_gate", "recorder"), (CHANNEL, "gb"), ("yard-cam/1", "cameras")]
            rows = [["camera", "uscc", "adapter"], *([camera, uscc(0), a] for camera, a in named)]
            csv.writer(file).writerows(rows)
        running.command("registry", "import", str(cameras))
        running.start()
        yield running
        assert running.end() == 0


def test_what_three_kinds_of_cameras_saw_is_an_alert_each_over_a_kill(
    daemon: Process, mosquitto: Mosquitto, recorder: Recorder, wvp: Wvp
) -> None:
    reader = wire.Client(headers={"Authorization": f"Bearer {daemon.token()}"}, base_url=daemon.api)

    def alerts() -> dict[str, Any]:
        found = reader.get("/alerts?rule=video-event").json()["items"]
        return {alert["source"]: alert for alert in found}

    def sightings(source: str) -> list[dict[str, Any]]:
        return list(reader.get(f"/alerts/{alerts()[source]['id']}").json()["sightings"])

    def say(topic: str, *payloads: bytes) -> None:
        asyncio.run(publish(mosquitto, payloads, topic))

    at = float(int(time.time()) - 20)
    seen = f"{at:.1f}-ab12cd"
    one = review(id=f"{at:.1f}-r7k2ab", start_time=at, data={"objects": ["truck"]})
    one["data"]["detections"] = [seen]
    alarm = row(1, alarmTime=int(at * 1000))
    say("frigate/reviews", told(one))
    say(FENCE, inside(True, at))
    wvp.rows.append(alarm)
    sources = {"recorder/yard_gate", f"gb/{CHANNEL}", "cameras/yard-cam/1"}
    wait_for(lambda: set(alerts()) == sources, timeout=60)
    daemon.kill()
    say(FENCE, inside(False, at + 10))  # the broker keeps it
    recorder.reviews.append(one | {"end_time": at + 10})  # nobody heard it
    recorder.snapshots[f"/api/events/{seen}/snapshot.jpg"] = photo("grey")
    wvp.snaps["/api/alarm/snap/1"] = photo("blue")
    daemon.start()
    for source in (f"gb/{CHANNEL}", "recorder/yard_gate"):
        wait_for(lambda: sightings(source)[0]["files"], timeout=60)  # noqa: B023 - within the loop
    for source in ("cameras/yard-cam/1", "recorder/yard_gate"):
        wait_for(lambda: sightings(source)[0]["end"], timeout=60)  # noqa: B023 - within the loop
    assert {source: len(sightings(source)) for source in alerts()} == dict.fromkeys(sources, 1)
    assert all(alert["enterprise"]["uscc"] == uscc(0) for alert in alerts().values())
    (file,) = sightings("recorder/yard_gate")[0]["files"]
    content = reader.get(httpx.URL(daemon.api).join(file["links"]["content"]))
    assert content.content == photo("grey")
    ready = wire.get(f"http://127.0.0.1:{daemon.http}/readyz").json()
    assert ready["ready"], ready
