"""A camera platform pushes to the running daemon; what it saw is an alert with its picture."""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import wire
from tests.daemon.process import Process, uscc
from tests.pictures import photo
from tests.servers import wait_for

SECRET = "a-secret-of-the-platform"
ADAPTER = (
    f'[[adapters]]\ntype = "webhook"\nname = "boxes"\nprofile = "aidrive"\nsecret = "{SECRET}"'
)


def alarm(number: str, at: float) -> dict[str, Any]:
    """An alert of an AI box, in the shape of adapters/video/webhook/cases/aidrive-alert."""
    return {
        "id": number,
        "alert_time": at,
        "device": {"id": "box-1", "name": "示例盒子"},
        "source": {"id": "cam-3", "desc": "示例烟囱"},
        "alg": {"name": "smoke", "ch_name": "烟雾检测", "type": "general"},
        "image": base64.b64encode(photo("grey")).decode(),
        "reserved_data": {"bbox": {"rectangles": [{"xyxy": [1, 2, 3, 4], "conf": 0.8}]}},
    }


@pytest.fixture
def daemon(database_url: str, tmp_path: Path) -> Iterator[Process]:
    media = f'\n[media]\nfolder = "{tmp_path / "media"}"\nkeep_free = 0'
    running = Process(tmp_path, database_url, ADAPTER + media)
    running.register(1)
    folder = tmp_path / "cameras"
    folder.mkdir()
    with (folder / "cameras.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [["camera", "uscc", "adapter"], ["box-1/cam-3", uscc(0), "boxes"]]
        csv.writer(file).writerows(rows)
    running.command("registry", "import", str(folder))
    running.start()
    yield running
    assert running.end() == 0


def test_what_a_camera_saw_survives_a_kill_and_is_an_alert_once(daemon: Process) -> None:
    door = f"{daemon.api}/feeds/boxes/{SECRET}"
    reader = wire.Client(headers={"Authorization": f"Bearer {daemon.token()}"}, base_url=daemon.api)
    ready = wire.get(f"http://127.0.0.1:{daemon.http}/readyz").json()
    at = 1_785_556_800.5
    for body in (alarm("1", at), alarm("2", at + 20)):
        answer = wire.post(door, json=body)
        assert answer.status_code == 200, (answer.text, ready)
    daemon.kill()
    daemon.start()
    again = wire.post(door, json=alarm("2", at + 20))
    assert again.status_code == 200
    assert wire.post(door, content=b"<not json>").status_code == 200
    (alert,) = reader.get("/alerts?rule=video-event").json()["items"]
    assert (alert["count"], alert["enterprise"]["uscc"]) == (2, uscc(0))
    assert (alert["source"], alert["label"]) == ("boxes/box-1/cam-3", "smoke")
    (first, _) = reader.get(f"/alerts/{alert['id']}").json()["sightings"]
    (file,) = first["files"]
    assert reader.get(httpx.URL(daemon.api).join(file["links"]["content"])).content == photo("grey")
    # its time is long over: the episode ends, and the picture stays
    wait_for(lambda: reader.get(f"/alerts/{alert['id']}").json()["state"] == "cleared", timeout=60)
    refused = reader.get("/problems?adapter=boxes").json()["items"]
    assert [each["count"] for each in refused] == [1]
