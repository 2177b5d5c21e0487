"""Surveys come to the running daemon by a real client of tus; it is killed, and nothing is lost."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from tests import wire
from tests.daemon.process import Process, uscc
from tests.drone.kit import SECRET, TUS, gasflux, square
from tests.drone.photos import M4T, jpeg
from tests.servers import wait_for

ADAPTER = (
    '[[adapters]]\ntype = "drone"\nname = "drones"\n'
    f'secret = "{SECRET}"\nthresholds = {{ CH4 = "10 ppm" }}'
)
HOT = gasflux([(x, 0, 30 if 0 <= x <= 20 else 2) for x in range(-60, 61)] * 20)


@dataclass
class Field:
    """A pilot's laptop and a reader's."""

    daemon: Process
    pilot: TusClient
    reader: httpx.Client

    def surveys(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.reader.get("/surveys").json()["items"]
        return items

    def alerts(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.reader.get("/alerts?rule=drone-finding").json()["items"]
        return items


@pytest.fixture
def field(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    media = f'\n[media]\nfolder = "{tmp_path / "media"}"\nkeep_free = 0'
    daemon = Process(tmp_path, database_url, ADAPTER + media)
    daemon.register(1)
    folder = tmp_path / "boundaries"
    folder.mkdir()
    with (folder / "enterprises.csv").open("w", newline="", encoding="utf-8") as file:
        head = ["uscc", "name", "district", "boundary"]
        csv.writer(file).writerows([head, [uscc(0), "示例企业0", "示例区", square(0, 0)]])
    daemon.command("registry", "import", str(folder))
    daemon.start()
    headers = {"Authorization": f"Bearer {daemon.token('feeder')}"}
    reader = wire.Client(headers={"Authorization": f"Bearer {daemon.token()}"}, base_url=daemon.api)
    yield Field(daemon, TusClient(f"{daemon.api}/feeds/drones/files", headers=headers), reader)
    assert daemon.end() == 0


def test_an_upload_that_is_broken_off_by_a_kill_goes_on(field: Field, tmp_path: Path) -> None:
    path = tmp_path / "track.csv"
    path.write_bytes(HOT)
    said = {"filename": "走航.csv", "mission": "M1", "pilot": "示例飞手"}
    first = field.pilot.uploader(str(path), chunk_size=20_000, metadata=said)
    first.upload(stop_at=40_000)
    field.daemon.kill()
    field.daemon.start()
    rest = field.pilot.uploader(str(path), chunk_size=20_000, url=first.url)
    assert rest.offset == 40_000
    rest.upload()
    assert rest.offset == len(HOT)
    field.daemon.kill()  # what was answered is committed
    field.daemon.start()
    (survey,) = field.surveys()
    assert (survey["mission"], survey["pilot"]) == ("M1", "示例飞手")
    whole = field.reader.get(f"/surveys/{survey['id']}").json()
    assert [f["sha256"] for f in whole["files"]] == [hashlib.sha256(HOT).hexdigest()]
    (alert,) = field.alerts()
    assert alert["enterprise"]["uscc"] == uscc(0)
    photo = ("files", ("a.jpg", jpeg(M4T | {"GimbalPitchDegree": "-90.00"}), "text/plain"))
    track = ("files", ("走航.csv", HOT, "image/png"))
    door = f"{field.daemon.api}/feeds/drones/{SECRET}/surveys"
    form = wire.post(door, files=[photo, track], data={"mission": "M1"})
    assert form.status_code == 200, form.text
    assert (len(field.surveys()), len(field.alerts())) == (1, 1)


def test_what_was_all_there_and_not_read_is_read_after_a_restart(
    field: Field, tmp_path: Path
) -> None:
    door = f"{field.daemon.api}/feeds/drones/{SECRET}/files"
    begun = wire.post(door, headers=TUS | {"Upload-Length": str(len(HOT))})
    assert begun.status_code == 201, begun.text
    name = begun.headers["location"].rpartition("/")[2]
    field.daemon.kill()
    partial = tmp_path / "media" / "partial"  # what a process that is killed before it reads leaves
    partial.mkdir(parents=True)
    (partial / name).write_bytes(HOT)
    field.daemon.start()
    wait_for(lambda: len(field.alerts()) == 1, timeout=60)
    asked = httpx.head(f"{door}/{name}", headers=TUS, trust_env=False)
    assert asked.headers["upload-offset"] == str(len(HOT))
    assert len(field.surveys()) == 1
