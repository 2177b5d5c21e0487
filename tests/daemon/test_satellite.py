"""The daemon asks FIRMS and takes files: killed and started again, the standard product counts once."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import wire
from tests.daemon.process import Process, uscc
from tests.satellite.kit import EMPTY, KEY, Firms, file, row
from tests.servers import wait_for
from tests.test_placing import square
from tests.video.platform import Says, beside

NOAA20, SECRET = "VIIRS_NOAA20_NRT", "a-secret-for-files"
STANDING = uscc(1)


def adapters(url: str) -> str:
    return f"""
[[adapters]]
type = "firms"
name = "fires"
url = "{url}"
map_key = "{KEY}"
area = [112, 36, 113, 37]
sources = ["{NOAA20}"]
days = 1
standing_heat = ["{STANDING}"]
secret = "{SECRET}"
[[adapters]]
type = "hotgrid"
name = "grid"
secret = "{SECRET}"
"""


def register(daemon: Process) -> None:
    """Two enterprises with boundaries; the second is hot all the time."""
    daemon.register(2)
    folder = daemon.folder / "boundaries"
    folder.mkdir()
    rows = [
        ["uscc", "name", "district", "boundary"],
        [uscc(0), "示例企业0", "示例区", square(112.10, 36.10)],
        [STANDING, "示例企业1", "示例区", square(112.20, 36.20)],
    ]
    with (folder / "enterprises.csv").open("w", newline="", encoding="utf-8") as sheet:
        csv.writer(sheet).writerows(rows)
    daemon.command("registry", "import", str(folder))


def test_what_satellites_see_at_an_enterprise_is_an_alert_once(
    tmp_path: Path, database_url: str
) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    seen = [row(day=today, time="0"), row(36.205, 112.205, day=today, time="0")]
    firms = Firms(says=lambda asked: Says(file(*seen) if KEY in asked.path else EMPTY))
    with beside(firms.platform) as url:
        daemon = Process(tmp_path, database_url, adapters(url))
        register(daemon)
        headers = {"Authorization": f"Bearer {daemon.token()}"}
        daemon.start()
        with wire.Client(base_url=daemon.api, headers=headers) as reader:

            def items(path: str) -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = reader.get(path).json()["items"]
                return found

            wait_for(lambda: len(items("/sightings?kind=remote")) == 2)
            (alert,) = items("/alerts?rule=hotspot")
            assert (alert["enterprise"]["uscc"], alert["outcome"]) == (uscc(0), "screen")
            daemon.kill()
            daemon.start()
            standard = [line.replace("2.0NRT", "2") for line in seen]
            answer = reader.post(f"/feeds/fires/{SECRET}", content=file(*standard))
            assert answer.json() == {"detections": 2, "problems": []}
            assert len(items("/sightings?kind=remote")) == 2
            (alert,) = items("/alerts?rule=hotspot")
            assert (alert["count"], alert["enterprise"]["uscc"]) == (1, uscc(0))
            cell = b"grid,lon,lat,size\nG1,112.5,36.5,500\n"
            month = f"{datetime.now(UTC):%Y-%m}"
            answer = reader.post(f"/feeds/grid/{SECRET}/{month}", content=cell)
            assert answer.json() == {"cells": 1, "problems": []}
            (place,) = [each for each in items("/alerts?rule=hotspot") if not each["enterprise"]]
            assert place["reason"].startswith("卫星遥感（G1）")
            wait_for(lambda: len(firms.asked) > 1)
        daemon.end()
        assert KEY not in daemon.log.read_text("utf-8")
