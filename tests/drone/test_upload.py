"""Surveys by a form, end to end: from the files to the alert, on both databases."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, timedelta

import pytest

from monitor import surveying
from monitor.actions import handing_in
from monitor.store import Connection, sightings
from tests.api.conftest import EAST
from tests.drone.kit import Drones, at, gasflux
from tests.drone.photos import M4T, jpeg

HOT = gasflux([(x, 0, 30 if 0 <= x <= 20 else 2) for x in range(-60, 61, 5)])


def test_a_hot_spot_inside_a_boundary_is_its_enterprises_alert(drones: Drones) -> None:
    answer = drones.send(("走航.csv", HOT), mission="M1", pilot="示例飞手")
    assert answer.status_code == 200, answer.text
    assert answer.json()["findings"] == 1
    (survey,) = drones.surveys()
    assert (survey["mission"], survey["pilot"]) == ("M1", "示例飞手")
    assert [e["uscc"] for e in survey["enterprises"]] == [EAST]
    (finding,) = survey["findings"]
    assert (finding["placed"], finding["details"]["peak"]) == ("inside", 30)
    (alert,) = drones.alerts()
    assert (alert["enterprise"]["uscc"], alert["label"]) == (EAST, "CH4 > 10 ppm")
    assert alert["source"] == "drones/M1"
    (file,) = finding["files"]
    assert file["sha256"] == hashlib.sha256(HOT).hexdigest()


def test_the_same_again_changes_nothing(drones: Drones) -> None:
    for _ in range(2):
        assert drones.send(("走航.csv", HOT), mission="M1").status_code == 200
    for _ in range(2):
        assert drones.send(("走航.csv", HOT)).status_code == 200
    assert len(drones.alerts()) == 1
    named, unnamed = drones.surveys()
    assert unnamed["mission"].startswith("sha256:")
    assert [len(each["files"]) for each in (named, unnamed)] == [1, 1]
    assert [len(each["findings"]) for each in (named, unnamed)] == [1, 1]
    assert drones.alerts()[0]["count"] == 1


def test_photos_come_to_the_findings_near_them_in_whatever_order(drones: Drones) -> None:
    photo = jpeg(M4T | {"GimbalPitchDegree": "-90.00"})
    drones.send(("before.jpg", photo), mission="M1")
    assert drones.alerts() == []  # photos alone accuse nobody
    drones.send(("走航.csv", HOT), mission="M1")
    drones.send(
        ("after.jpg", jpeg(M4T | {"LRFTargetLon": "112.55", "LRFTargetLat": "37.87"})), mission="M1"
    )
    drones.send(("later.jpg", jpeg(M4T | {"UTCAtExposure": "2026-08-01T06:00:00"})), mission="M1")
    (survey,) = drones.surveys()
    assert len(survey["files"]) == 4
    (finding,) = survey["findings"]
    assert {file["name"] for file in finding["files"]} == {"走航.csv", "before.jpg", "after.jpg"}


def test_a_time_that_is_still_to_come_is_none(drones: Drones) -> None:
    ahead = HOT.replace(b"2026-08-01T", b"2031-01-01T")
    drones.send(("走航.csv", ahead), mission="M1")
    (survey,) = drones.surveys()
    assert (survey["start"], survey["end"]) == (None, None)
    assert survey["files"][0]["problems"]["implausible-time"] == 1
    (alert,) = drones.alerts()
    assert alert["start"].startswith("2026-")


def names(drones: Drones) -> set[str]:
    """Of the files of the one finding."""
    (survey,) = drones.surveys()
    (finding,) = survey["findings"]
    return {file["name"] for file in finding["files"]}


@pytest.mark.parametrize("first", [True, False])
def test_a_photo_of_the_cameras_place_alone_comes_only_to_what_is_by_it_and_says_so(
    drones: Drones, first: bool
) -> None:
    bare = {k: M4T[k] for k in ("GpsLatitude", "GpsLongitude", "UTCAtExposure")}
    here, there = at(20, 45), at(20, 70)  # the peak is at 0 to 20, 0
    photos = [
        (name, jpeg(bare | {"GpsLongitude": f"{x:.7f}", "GpsLatitude": f"{y:.7f}"}))
        for name, (x, y) in {"by.jpg": here, "off.jpg": there}.items()
    ]
    if first:
        drones.send(*photos, mission="M1")
    drones.send(("走航.csv", HOT), mission="M1")
    if not first:
        drones.send(*photos, mission="M1")
    assert names(drones) == {"走航.csv", "by (仅为相机位置).jpg"}


def test_a_mark_without_a_time_has_the_photos_of_its_parcel_and_of_its_day(drones: Drones) -> None:
    point = {"type": "Point", "coordinates": at(0, 0)}
    mark = {"type": "Feature", "geometry": point, "properties": {"label": "露天堆放"}}
    seen = M4T | {"LRFTargetLon": "112.55", "LRFTargetLat": "37.87"}
    today = drones.bureau.clock.at.astimezone(UTC)

    def taken(days: float) -> bytes:
        stamp = f"{today - timedelta(days=days):%Y-%m-%dT%H:%M:%S}"
        return jpeg(seen | {"UTCAtExposure": stamp})

    drones.send(("before.jpg", taken(2)), ("today.jpg", taken(0)), mission="M1")
    drones.send(("m.json", json.dumps(mark).encode()), ("with.jpg", taken(3)), mission="M1")
    drones.send(("after.jpg", taken(4)), mission="M1")
    assert names(drones) == {"m.json", "with.jpg", "today.jpg"}


def test_a_full_mission_takes_no_more_and_says_to_begin_another(
    drones: Drones, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (surveying, handing_in):
        monkeypatch.setattr(module, "MOST_FILES", 2)
    cold = [(f"{n}.csv", gasflux([(0, 0, n)])) for n in range(4)]
    assert drones.send(*cold[:2], mission="M1").status_code == 200
    refused = drones.send(cold[1], cold[2], mission="M1")
    assert refused.status_code == 413
    assert "begin another mission" in refused.text
    assert drones.send(*cold[:2], mission="M1").status_code == 200  # has come: the same again
    assert drones.send(cold[2], mission="M2").status_code == 200
    assert [len(survey["files"]) for survey in drones.surveys()] == [2, 1]


def test_what_cannot_be_refused_is_kept_and_not_read(
    drones: Drones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "MOST_FILES", 1)
    photo = jpeg(M4T | {"GimbalPitchDegree": "-90.00"})
    for _ in range(2):
        drones.send(("走航.csv", HOT), ("a.jpg", photo), mission="M1")
    (survey,) = drones.surveys()
    files = {file["name"]: file for file in survey["files"]}
    assert files["走航.csv"]["content"] == "track"
    assert (files["a.jpg"]["content"], files["a.jpg"]["place"]) == ("other", None)
    assert files["a.jpg"]["problems"] == {"too-many-files": 1}
    assert drones.bureau.call("GET", files["a.jpg"]["links"]["content"]).content == photo
    assert names(drones) == {"走航.csv"}


def test_the_work_of_a_parcel_is_of_what_came_with_it(
    drones: Drones, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [("a.jpg", jpeg(M4T)), ("b.jpg", jpeg(M4T, app3=10))]
    drones.send(("走航.csv", HOT), photos[0], mission="M1")
    added: list[list[str]] = []
    add = sightings.add_files

    def counted(connection: Connection, number: int, files: list[tuple[str, str]]) -> None:
        added.append([name for _, name in files])
        add(connection, number, files)

    monkeypatch.setattr(sightings, "add_files", counted)
    drones.send(("c.csv", gasflux([(0, 0, 1)])), mission="M1")
    assert added == []
    drones.send(photos[1], mission="M1")
    assert added == [["b.jpg"]]
    assert names(drones) == {"走航.csv", "a.jpg", "b.jpg"}


def test_the_bytes_come_back_as_they_came(drones: Drones) -> None:
    thermal = jpeg(M4T | {"ImageSource": "InfraredCamera"}, app3=200_000)
    drones.send(("热.jpg", thermal), mission="M1")
    (survey,) = drones.surveys()
    (file,) = survey["files"]
    assert file["details"]["thermal_raw"] is True
    back = drones.bureau.call("GET", file["links"]["content"])
    assert back.content == thermal
    manifest = json.loads(drones.delivered[0].frame.raw)
    assert manifest["files"][0]["sha256"] == hashlib.sha256(thermal).hexdigest()
