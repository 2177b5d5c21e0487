"""Every kind of file that a survey may have, as its format's documentation or a real tool writes it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
from openpyxl import Workbook
from rasterio.transform import Affine

from tests.api.conftest import EAST
from tests.drone.kit import Drones, at
from tests.pictures import PDF, photo

GEOJSON = {
    "type": "FeatureCollection",  # RFC 7946, section 1.5
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [*at(5, 5), 780.0]},
            "properties": {"label": "黑臭水体", "time": "2026-08-01T12:03:00"},
        },
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [at(-20, 0), at(20, 0)]},
            "properties": {"name": "航线"},
        },
    ],
}
KML = f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>裸土未覆盖</name><description><![CDATA[<b>东侧</b>]]></description>
<TimeStamp><when>2026-08-01T04:05:00Z</when></TimeStamp>
<Point><coordinates>{at(10, 0)[0]:.7f},{at(10, 0)[1]:.7f},0</coordinates></Point></Placemark>
</Document></kml>""".encode()  # OGC 07-147r2, 9.11 and 15.3


def one(drones: Drones, name: str, data: bytes) -> dict[str, Any]:
    """The survey of one file."""
    answer = drones.send((name, data), mission=name)
    assert answer.status_code == 200, answer.text
    (survey,) = (s for s in drones.surveys() if s["mission"] == name)
    return survey


def file(survey: dict[str, Any]) -> tuple[str, dict[str, int]]:
    (only,) = survey["files"]
    return only["content"], only["problems"]


def test_geojson(drones: Drones) -> None:
    survey = one(drones, "marks.geojson", json.dumps(GEOJSON).encode())
    assert file(survey) == ("shapes", {})
    (found,) = survey["findings"]
    assert (found["label"], found["start"]) == ("黑臭水体", "2026-08-01T12:03:00+08:00")
    assert (found["placed"], found["details"]["time_known"]) == ("inside", True)


@pytest.mark.parametrize("packed", [False, True])
def test_kml_and_kmz(drones: Drones, packed: bool) -> None:
    data = KML
    if packed:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", KML)
            archive.writestr("files/photo.jpg", photo())
        data = out.getvalue()
    survey = one(drones, "marks.kmz", data)
    assert file(survey) == ("shapes", {})
    (found,) = survey["findings"]
    assert (found["label"], found["start"]) == ("裸土未覆盖", "2026-08-01T12:05:00+08:00")
    (alert,) = drones.alerts()
    assert alert["outcome"] == "screen"


def test_named_points_may_be_no_findings(drones: Drones) -> None:
    drones.settings = {"named_points": False}
    assert one(drones, "marks.kml", KML)["findings"] == []


def workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["timestamp", "latitude", "longitude", "altitude_ato", "ch4"])
    for second in range(5):
        x, y = at(second, 0)
        sheet.append([f"2026-08-01T04:00:0{second}Z", y, x, 50, 20 + second])
    book.save(out)
    return out.getvalue()


def test_a_workbook_by_openpyxl(drones: Drones) -> None:
    survey = one(drones, "track.xlsx", workbook())
    assert file(survey)[0] == "track"
    assert [f["details"]["peak"] for f in survey["findings"]] == [24]


def test_gbk_and_units_of_two_kinds_are_never_mixed(drones: Drones) -> None:
    columns = {
        "time": ["时间"],
        "time_formats": ["%Y-%m-%d %H:%M:%S"],
        "longitude": ["经度"],
        "latitude": ["纬度"],
        "values": [
            {"pollutant": "CH4", "column": ["甲烷"]},
            {"pollutant": "VOC", "column": ["VOC"]},
        ],
    }
    limits = {"CH4": ["10 ppm", "200 ppm·m"], "VOC": "1 mg/m3"}
    drones.settings = {"tracks": ["gasflux", columns], "thresholds": limits}
    x, y = at(0, 0)
    track = f"时间,经度,纬度,甲烷（ppm·m）,VOC(ug/m³)\n2026-08-01 12:00:00,{x},{y},150,1500\n"
    survey = one(drones, "走航.csv", track.encode("gb18030"))
    assert file(survey) == ("track", {"gb18030": 1, "time-zone-assumed": 1})
    (found,) = survey["findings"]  # 150 ppm·m are no 10 ppm, and below 200 ppm·m
    assert (found["label"], found["details"]["unit"]) == ("VOC > 1 mg/m3", "ug/m3")


def geotiff(folder: Path, epsg: int | None, **more: Any) -> bytes:
    """A square of 100 m around here, by GDAL."""
    path = folder / "ortho.tif"
    x, y = at(0, 0)
    if epsg is not None:
        to = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
        x, y = to.transform(x, y)
    shape = {"width": 200, "height": 200, "count": 1, "dtype": "uint8"}
    place = {"crs": epsg and f"EPSG:{epsg}", "transform": Affine(0.5, 0, x - 50, 0, -0.5, y + 50)}
    with rasterio.open(path, "w", driver="GTiff", **shape, **place, **more) as dataset:
        dataset.write(np.zeros((1, 200, 200), dtype=np.uint8))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("epsg", "datum", "more"),
    [
        (32649, "wgs84", {}),
        (4547, "cgcs2000", {"tiled": True, "blockxsize": 64, "blockysize": 64}),
        (4547, "cgcs2000", {"BIGTIFF": "YES"}),
    ],
)
def test_an_orthophoto_by_gdal(
    drones: Drones, tmp_path: Path, epsg: int, datum: str, more: dict[str, Any]
) -> None:
    survey = one(drones, "ortho.tif", geotiff(tmp_path, epsg, **more))
    assert file(survey) == ("raster", {})
    details = survey["files"][0]["details"]
    assert (details["crs"], details["datum"]) == (f"EPSG:{epsg}", datum)
    extent = survey["extent"]
    assert [e["uscc"] for e in survey["enterprises"]] == [EAST]
    centre = (extent["west"] + extent["east"]) / 2, (extent["south"] + extent["north"]) / 2
    assert centre == pytest.approx(at(0, 0), abs=2e-6)
    assert survey["findings"] == []


def test_an_orthophoto_without_a_system_is_kept_and_placed_nowhere(
    drones: Drones, tmp_path: Path
) -> None:
    survey = one(drones, "ortho.tif", geotiff(tmp_path, None))
    assert file(survey) == ("raster", {"no-crs": 1})
    assert (survey["extent"], survey["enterprises"]) == (None, [])


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("photo.jpg", PDF, ("other", {"unknown-type": 1})),  # whatever it calls itself
        ("empty.csv", b"", ("other", {"unknown-type": 1})),
        ("noise.bin", bytes(range(256)) * 10, ("other", {"unknown-type": 1})),
        ("text.csv", b"a,b\n1,2\n", ("track", {"no-header": 1})),
        ("marks.json", b'{"type": "Topology"}', ("shapes", {"unknown-type": 1})),
        ("cut.kml", KML[:200], ("shapes", {"broken": 1})),
        ("half.tif", b"II*\0\x08\0\0\0\xff", ("raster", {"broken": 1})),
        ("screen.png", photo(form="PNG"), ("photo", {"unknown-type": 1})),
    ],
)
def test_what_cannot_be_understood_is_kept_and_shown(
    drones: Drones, name: str, data: bytes, expected: tuple[str, dict[str, int]]
) -> None:
    survey = one(drones, name, data)
    assert file(survey) == expected
    kept = survey["files"][0]["links"]["content"]
    assert drones.bureau.call("GET", kept).content == data
    problems = drones.bureau.call("GET", "problems?adapter=drones").json()["items"]
    assert [each["problem"] for each in problems] == list(expected[1])
