"""What eyes saw, over the API: who sees it, its files, what could be put to nobody."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from monitor.adapter import Delivery
from monitor.alert import Policy
from monitor.alerting import Bench
from monitor.event import Event, Kind, Picture, Place
from monitor.evidence.verifying import verify
from monitor.filing import Filing
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.observation import Frame
from monitor.store import tables
from monitor.terms import Terms
from tests.api.conftest import AT, EAST, WEST, Bureau
from tests.pictures import photo

ZONE = ZoneInfo("Asia/Shanghai")
COLOURS = {EAST: "red", WEST: "green", "stray": "blue"}


async def _deliver(bureau: Bureau) -> None:
    """A picture each from a camera in the east, one in the west, and one that nobody knows."""
    filing = Filing(bureau.desk.media)
    intake = Intake(
        store=bureau.store,
        bench=lambda register: Bench(
            register=register,
            policy=Policy(),
            zone=ZONE,
            language="zh",
            terms=lambda: Terms(zone=ZONE),
        ),
        metrics=Metrics(),
        changed=bureau.changed.bump,
        now=bureau.clock,
        filing=filing,
    )
    running = asyncio.create_task(intake.run())
    for source, colour in COLOURS.items():
        picture = Picture("../../etc/示例.jpg", await filing.keep(photo(colour)))
        event = Event(
            key=source,
            kind=Kind.VIDEO,
            source=source,
            label="fire",
            start=AT,
            pictures=(picture,),
            details={"level": 3},
            place=Place(longitude=116.5, latitude=39.95) if source == "stray" else None,
        )
        body = source.encode() * 15_000  # too many bytes for the log
        await intake.deliver([Delivery(Frame("eyes", "10.0.0.1", AT, body), events=(event,))])
    await intake.stop()
    await running


@pytest.fixture
def seen(bureau: Bureau) -> dict[str, Any]:
    """The three, as the API has them, by their sources."""
    with bureau.store.write() as connection:
        for uscc in (EAST, WEST):
            camera = {"camera": uscc, "uscc": uscc, "adapter": "eyes", "recorded_at": AT}
            connection.execute(insert(tables.cameras).values(camera))
    asyncio.run(_deliver(bureau))
    listed = bureau.call("GET", "sightings").json()["items"]
    return {each["source"]: each for each in listed}


def test_an_event_with_its_picture(bureau: Bureau, seen: dict[str, Any]) -> None:
    east = seen[EAST]
    assert (east["placed"], east["enterprise"]["uscc"]) == ("camera", EAST)
    assert (east["label"], east["details"]) == ("fire", {"level": 3})
    (file,) = east["files"]
    whole = bureau.call("GET", file["links"]["content"])
    assert (whole.status_code, whole.content) == (200, photo("red"))
    assert whole.headers["content-disposition"].startswith("attachment")
    assert ".." not in whole.headers["content-disposition"]
    assert "sandbox" in whole.headers["content-security-policy"]
    small = bureau.call("GET", file["links"]["thumbnail"])
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    alert = bureau.call("GET", f"alerts/{east['alert']}").json()
    assert (alert["rule"], alert["source"], alert["label"]) == (
        "video-event",
        f"eyes/{EAST}",
        "fire",
    )
    assert alert["sightings"] == [east]


def test_the_evidence_has_what_was_seen_as_it_came(bureau: Bureau, seen: dict[str, Any]) -> None:
    east = seen[EAST]
    bundle = bureau.call("GET", f"alerts/{east['alert']}/evidence").content
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert verify(memoryview(bundle)).holds
    assert json.loads(inside["sightings.json"]) == [east]
    assert inside["sightings/000001.jpg"] == photo("red")
    assert inside["sightings/000002.bin"] == EAST.encode() * 15_000
    assert "线索影像" in inside["index.html"].decode()


def test_each_district_sees_its_own(bureau: Bureau, seen: dict[str, Any]) -> None:
    listed = bureau.call("GET", "sightings", "viewer", "东区").json()["items"]
    assert [each["source"] for each in listed] == [EAST]
    west = seen[WEST]
    for path in (f"sightings/{west['id']}", west["files"][0]["links"]["content"]):
        assert bureau.call("GET", path, "viewer", "东区").status_code == 404
        assert bureau.call("GET", path, "viewer", "西区").status_code == 200
    other = west["files"][0]["sha256"]  # a file is had by way of an event within reach alone
    mine = seen[EAST]["id"]
    assert (
        bureau.call("GET", f"sightings/{mine}/files/{other}", "viewer", "东区").status_code == 404
    )
    assert bureau.call("GET", f"sightings/{mine}/files/..%2f..%2fx").status_code in (404, 422)


def test_what_is_nobodys_is_shown_as_that(bureau: Bureau, seen: dict[str, Any]) -> None:
    stray = seen["stray"]
    assert (stray["enterprise"], stray["placed"]) == (None, "nowhere")
    unplaced = bureau.call("GET", "sightings?placed=false").json()["items"]
    assert [each["id"] for each in unplaced] == [stray["id"]]
    assert bureau.call("GET", f"sightings/{stray['id']}", "viewer", "东区").status_code == 404


def test_the_visit_of_what_is_nobodys_says_where_to_go(
    bureau: Bureau, seen: dict[str, Any]
) -> None:
    screened = bureau.call(
        "POST",
        f"alerts/{seen['stray']['alert']}/screen",
        json={"verdict": "verify", "reason": "看一看"},
    ).json()
    task = bureau.call("GET", f"tasks/{screened['task']}").json()
    assert task["enterprise"] is None
    assert task["place"] == {"longitude": 116.5, "latitude": 39.95}


def test_pages_of_what_was_seen(bureau: Bureau, seen: dict[str, Any]) -> None:
    first = bureau.call("GET", "sightings?limit=2&kind=video").json()
    rest = bureau.call("GET", f"sightings?limit=2&cursor={first['next']}").json()
    found = [each["id"] for each in first["items"] + rest["items"]]
    assert found == sorted((each["id"] for each in seen.values()), reverse=True)
    assert rest["next"] is None


def test_a_frame_too_long_for_the_log_is_had_as_a_file(
    bureau: Bureau, seen: dict[str, Any]
) -> None:
    path = f"frames/{seen[EAST]['frame']}"
    said = bureau.call("GET", path).json()
    assert (said["size"], said["raw"]) == (len(EAST) * 15_000, "")
    bare = bureau.call("GET", path, headers={"Accept": "application/octet-stream"})
    assert bare.content == EAST.encode() * 15_000
