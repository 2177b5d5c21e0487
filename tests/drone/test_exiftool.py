"""ExifTool as the other writer and reader of photos: what it writes is read here, and the reverse."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.drone.kit import Drones
from tests.drone.photos import M4T, jpeg, picture

TOOL = shutil.which("exiftool") or "/usr/bin/exiftool"
SAID = {
    "XMP-drone-dji:GpsLatitude": "37.87",
    "XMP-drone-dji:GpsLongitude": "112.55",
    "XMP-drone-dji:RelativeAltitude": "+100.00",
    "XMP-drone-dji:GimbalYawDegree": "+90.00",
    "XMP-drone-dji:GimbalPitchDegree": "-45.00",
    "EXIF:DateTimeOriginal": "2026:08:01 12:00:00",
    "EXIF:OffsetTimeOriginal": "+08:00",
}


def written(path: Path) -> bytes:
    """A picture with the tags above, by ExifTool."""
    path.write_bytes(picture())
    words = [f"-{name}={value}" for name, value in SAID.items()]
    subprocess.run([TOOL, "-q", "-overwrite_original", *words, str(path)], check=True)
    return path.read_bytes()


def test_what_exiftool_writes_is_read(drones: Drones, tmp_path: Path) -> None:
    drones.send(("x.jpg", written(tmp_path / "x.jpg")), mission="M")
    (file,) = drones.surveys()[0]["files"]
    assert file["start"] == "2026-08-01T12:00:00+08:00"
    assert file["details"]["time_from"] == "local-with-offset"
    assert (file["details"]["placed"], file["details"]["yaw"]) == ("projected", 90.0)
    assert file["place"]["longitude"] == pytest.approx(112.551137, abs=1e-5)


def test_exiftool_reads_the_kept_original_as_we_did(drones: Drones, tmp_path: Path) -> None:
    drones.send(("x.jpg", jpeg(M4T, app3=40_000)), mission="M")
    (file,) = drones.surveys()[0]["files"]
    path = tmp_path / "kept.jpg"
    path.write_bytes(drones.bureau.call("GET", file["links"]["content"]).content)
    run = subprocess.run([TOOL, "-j", "-n", str(path)], check=True, capture_output=True)
    (tags,) = json.loads(run.stdout)
    camera = file["details"]["camera"]
    assert camera["longitude"] == float(tags["GPSLongitude"])
    assert camera["latitude"] == float(tags["GPSLatitude"])
    assert camera["height"] == float(tags["RelativeAltitude"])
    assert file["details"]["aircraft"] == tags["DroneSerialNumber"]
