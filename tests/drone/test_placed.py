"""Whose a finding is, and whom a survey is of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.event import Datum
from monitor.geodesy import to_gcj02
from tests.api.conftest import EAST, WEST
from tests.drone.kit import Drones, at, gasflux, square
from tests.drone.photos import M4T, jpeg


def outside(wind: tuple[float, float] | None) -> bytes:
    """A plume 100 m east of here, beyond the boundary's 50 m."""
    return gasflux([(100, y, 40 if abs(y) <= 10 else 1) for y in range(-40, 41, 5)], wind)


def finding(drones: Drones) -> dict[str, Any]:
    (survey,) = drones.surveys()
    (found,) = survey["findings"]
    return found  # type: ignore[no-any-return]


def test_on_the_lee_side_it_is_of_who_lies_upwind(drones: Drones) -> None:
    drones.send(("a.csv", outside((3.0, 270.0))), mission="M")  # the wind blows from the west
    found = finding(drones)
    assert (found["placed"], found["enterprise"]["uscc"]) == ("lee", EAST)
    (alert,) = drones.alerts()
    assert "下风向" in alert["reason"]
    assert alert["reason"].count("50 米") == 1


@pytest.mark.parametrize("wind", [None, (3.0, 90.0), (3.0, 180.0)])
def test_without_wind_from_there_it_is_kept_and_accuses_nobody(
    drones: Drones, wind: tuple[float, float] | None
) -> None:
    drones.send(("a.csv", outside(wind)), mission="M")
    found = finding(drones)
    assert (found["placed"], found["enterprise"], found["alert"]) == ("near", None, None)
    assert drones.alerts() == []
    drones.bound(**{EAST: square(100, 0)})  # the books are put right, and the track comes again
    drones.send(("a.csv", outside(wind)), mission="M")
    assert [a["enterprise"]["uscc"] for a in drones.alerts()] == [EAST]


def test_with_two_upwind_it_is_neithers(drones: Drones) -> None:
    drones.bound(**{WEST: square(0, 120)})
    drones.send(("a.csv", outside((3.0, 300.0))), mission="M")
    assert finding(drones)["placed"] == "near"
    assert drones.alerts() == []


def test_beyond_the_distance_that_is_set_nobody_is_looked_for(drones: Drones) -> None:
    drones.settings = drones.settings | {"upwind_metres": 40.0}
    drones.send(("a.csv", outside((3.0, 270.0))), mission="M")
    assert finding(drones)["placed"] == "near"


def test_findings_at_two_enterprises_are_two_alerts(drones: Drones) -> None:
    drones.bound(**{WEST: square(200, 0)})
    flight = [(x, 0, 30 if abs(x) < 20 or abs(x - 200) < 20 else 1) for x in range(-50, 251, 5)]
    drones.send(("a.csv", gasflux(flight)), mission="M")
    owners = [alert["enterprise"]["uscc"] for alert in drones.alerts()]
    assert sorted(owners) == [EAST, WEST]
    (survey,) = drones.surveys()
    assert [e["uscc"] for e in survey["enterprises"]] == [EAST, WEST]


def marked(*corners: tuple[float, float]) -> bytes:
    """An area that somebody has marked."""
    ring = [at(*corner) for corner in (*corners, corners[0])]
    return json.dumps(
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"label": "露天堆放"},
        }
    ).encode()


def test_a_marked_area_that_reaches_two_is_neithers(drones: Drones) -> None:
    drones.bound(**{WEST: square(100, 0)})
    drones.send(("m.json", marked((0, -10), (70, -10), (70, 10), (0, 10))), mission="M")
    found = finding(drones)
    assert (found["placed"], found["enterprise"]) == ("near", None)
    assert found["place"]["accuracy"] == pytest.approx(36.4, abs=0.5)


def test_a_marked_area_is_of_whom_it_lies_in_and_not_of_whom_it_comes_near(drones: Drones) -> None:
    drones.send(("in.json", marked((0, -10), (20, -10), (20, 10), (0, 10))), mission="in")
    drones.send(("by.json", marked((55, -10), (75, -10), (75, 10), (55, 10))), mission="by")
    inside, beside = (survey["findings"][0] for survey in drones.surveys())
    assert (inside["placed"], inside["enterprise"]["uscc"]) == ("inside", EAST)
    assert (beside["placed"], beside["enterprise"]) == ("near", None)


def test_a_survey_is_of_whom_its_sender_names_and_seen_there(drones: Drones) -> None:
    far = gasflux([(5_000 + x, 0, 1) for x in range(10)])
    drones.send(("a.csv", far), mission="far", uscc=WEST.lower())
    drones.send(("b.csv", gasflux([(x, 0, 1) for x in range(10)])), mission="near", uscc="nobody")
    far_away, near = drones.surveys()
    assert [(e["uscc"], e["said"]) for e in far_away["enterprises"]] == [(WEST, True)]
    assert [(e["uscc"], e["said"]) for e in near["enterprises"]] == [(EAST, False)]
    assert near["said_uscc"] == "NOBODY"
    assert [s["mission"] for s in drones.surveys("东区")] == ["near"]
    assert [s["mission"] for s in drones.surveys("西区")] == ["far"]
    (file,) = far_away["files"]
    for path in (f"surveys/{far_away['id']}", file["links"]["content"]):
        assert drones.bureau.call("GET", path, "viewer", "东区").status_code == 404
    assert drones.bureau.call("GET", f"surveys?uscc={WEST}").json()["items"] == [
        {k: v for k, v in far_away.items() if k not in ("files", "findings")}
    ]


def test_of_a_survey_over_two_districts_each_sees_its_own_findings(drones: Drones) -> None:
    drones.bound(**{WEST: square(200, 0)})
    flight = [(x, 0, 30 if abs(x) < 20 or abs(x - 200) < 20 else 1) for x in range(-50, 251, 5)]
    drones.send(("a.csv", gasflux(flight)), mission="M")
    (east,) = drones.surveys("东区")
    assert [e["uscc"] for e in east["enterprises"]] == [EAST]
    assert [f["enterprise"]["uscc"] for f in east["findings"]] == [EAST]
    page = drones.bureau.call("GET", east["links"]["page"], "viewer", "东区").text
    assert EAST in page
    assert WEST not in page
    for uscc, count in ((EAST, 1), (WEST, 0)):  # nor does a filter tell that the other is in it
        listed = drones.bureau.call("GET", f"surveys?uscc={uscc}", "viewer", "东区").json()
        assert len(listed["items"]) == count


def test_photos_say_how_they_are_placed(drones: Drones) -> None:
    bare = {k: M4T[k] for k in ("GpsLatitude", "GpsLongitude", "UTCAtExposure")}
    laser = M4T | {"LRFTargetLon": "112.5505", "LRFTargetLat": "37.87"}
    named = {"laser.jpg": laser, "projected.jpg": M4T, "camera.jpg": bare}
    drones.send(*((name, jpeg(tags)) for name, tags in named.items()), mission="M")
    (survey,) = drones.surveys()
    how = {f["name"]: (f["details"]["placed"], f["place"]["of_camera"]) for f in survey["files"]}
    assert how == {
        "laser.jpg": ("laser", False),
        "projected.jpg": ("projected", False),
        "camera.jpg": ("camera", True),
    }


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.CGCS2000])
def test_other_systems_come_in_and_are_recorded(drones: Drones, datum: Datum) -> None:
    x, y = at(10, 10)
    if datum is Datum.GCJ02:
        x, y = map(float, to_gcj02(x, y))
    mark = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [x, y]},
        "properties": {"label": "露天堆放"},
    }
    columns = {
        "time": ["time"],
        "time_formats": ["iso"],
        "longitude": ["lon"],
        "latitude": ["lat"],
        "datum": datum.value,
        "values": [{"pollutant": "CH4", "column": ["ch4"], "unit": "ppm"}],
    }
    drones.settings = drones.settings | {"datum": datum.value, "tracks": [columns]}
    track = f"time,lon,lat,ch4\n2026-08-01T04:00:00Z,{x:.8f},{y:.8f},30\n"
    drones.send(("m.json", json.dumps(mark).encode()), ("t.csv", track.encode()), mission="M")
    (survey,) = drones.surveys()
    assert len(survey["findings"]) == 2
    for found in survey["findings"]:
        place = found["place"]
        assert (found["placed"], place["datum"]) == ("inside", datum.value)
        assert (place["longitude"], place["latitude"]) == pytest.approx(at(10, 10), abs=1e-7)
    assert [e["uscc"] for e in survey["enterprises"]] == [EAST]
