"""Shapes of GeoJSON, KML and KMZ: as they are written, and whatever else may stand in such a file."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.drone.survey import geometry, shapes
from adapters.drone.survey.problems import PROBLEMS, Unreadable
from adapters.drone.survey.shapes import ALTITUDE, Shapes, read

SQUARE = [[112.5, 37.8], [112.6, 37.8], [112.6, 37.9], [112.5, 37.9], [112.5, 37.8]]


@pytest.fixture
def seen(tmp_path: Path) -> Any:
    def made(data: Any) -> Shapes:
        path = tmp_path / "shapes"
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        return read(path)

    return made


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def test_features_with_their_texts(seen: Any) -> None:
    found = seen(
        collection(
            feature(
                "Point", [112.55, 37.87, 812.5], name="排口", description="黑水", ph=6.5, ok=True
            ),
            feature("Polygon", [SQUARE], tags=["a"], nothing=None),
        )
    )
    point, area = found.features
    assert point.geometry.wkt == "POINT (112.55 37.87)"
    assert (point.name, point.description) == ("排口", "黑水")
    assert point.properties["ph"] == 6.5
    assert point.properties["ok"] is True
    assert point.properties[ALTITUDE] == [812.5, 812.5]
    assert area.geometry.area == pytest.approx(0.01)
    assert (area.name, dict(area.properties)) == (None, {})
    assert found.problems == {}


@pytest.mark.parametrize(
    ("kind", "coordinates", "wkt"),
    [
        ("LineString", [[1, 2], [3, 4]], "LINESTRING (1 2, 3 4)"),
        ("MultiPoint", [[1, 2], [3, 4]], "MULTIPOINT ((1 2), (3 4))"),
        ("MultiLineString", [[[1, 2], [3, 4]]], "MULTILINESTRING ((1 2, 3 4))"),
        ("MultiPolygon", [[[[0, 0], [1, 0], [1, 1], [0, 0]]]],
         "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"),
    ],
)  # fmt: skip
def test_every_geometry_of_rfc_7946(seen: Any, kind: str, coordinates: list[Any], wkt: str) -> None:
    assert seen({"type": kind, "coordinates": coordinates}).features[0].geometry.wkt == wkt


def test_a_collection_of_geometries(seen: Any) -> None:
    members = [feature("Point", [1, 2])["geometry"], feature("Point", [3, 4, 5])["geometry"]]
    found = seen({"type": "GeometryCollection", "geometries": members}).features[0]
    assert found.geometry.wkt == "GEOMETRYCOLLECTION (POINT (1 2), POINT (3 4))"
    assert found.properties[ALTITUDE] == [5, 5]


@pytest.mark.parametrize("point", [[37.87, 112.55], [43.8, 87.6]])
def test_latitude_before_longitude_is_read_the_other_way_round(
    seen: Any, point: list[float]
) -> None:
    found = seen(feature("Point", point))
    assert (found.features[0].geometry.x, found.features[0].geometry.y) == tuple(point[::-1])
    assert found.problems == {"swapped-order": 1}


def test_the_other_half_of_the_world_is_not_taken_for_swapped(seen: Any) -> None:
    found = seen(feature("Point", [2.35, 48.85]))
    assert (found.features[0].geometry.x, found.problems) == (2.35, {})


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (feature("Point", [200, 95]), "bad-coordinates"),
        (feature("Point", [112.5]), "bad-coordinates"),
        (feature("Point", ["112.5", "37"]), "bad-coordinates"),
        (feature("Point", [True, False]), "bad-coordinates"),
        (feature("Point", [1e400, 3]), "bad-coordinates"),
        (feature("Point", [10**400, 3]), "bad-coordinates"),
        (feature("Point", {}), "bad-coordinates"),
        (feature("LineString", [[1, 2]]), "bad-coordinates"),
        (feature("Polygon", [[1, 2], [3, 4]]), "bad-coordinates"),
        (feature("Polygon", [[[1, 2], [3, 4]]]), "bad-coordinates"),
        (feature("Polygon", []), "no-geometry"),
        (feature("Circle", [1, 2]), "no-geometry"),
        ({"type": "Feature", "geometry": None}, "no-geometry"),
        ({"type": "Feature", "geometry": {"type": "GeometryCollection"}}, "no-geometry"),
        ({"type": "Feature", "geometry": {"type": []}}, "no-geometry"),
    ],
)
def test_a_feature_that_is_none_costs_no_other(seen: Any, written: Any, problem: str) -> None:
    found = seen(collection(written, feature("Point", [112.5, 37.8]), 7))
    assert len(found.features) == 1
    assert found.problems == {problem: 1}


def test_a_shape_that_crosses_itself_is_taken_and_named(seen: Any) -> None:
    found = seen(feature("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]))
    assert len(found.features) == 1
    assert found.problems == {"invalid-shape": 1}


def test_texts_and_properties_are_bounded(seen: Any) -> None:
    many = {f"p{n}": "x" * 5000 for n in range(80)}
    found = seen(feature("Point", [1, 2], name="n" * 500 + "\0", huge=10**40, **many))
    (one,) = found.features
    assert one.name == "n" * 200
    assert len(one.properties) == 50
    assert max(len(text) for text in one.properties.values()) == 2000
    assert "huge" not in one.properties
    assert found.problems["shortened"] > 50


@pytest.mark.parametrize(
    ("crs", "taken"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("urn:ogc:def:crs:EPSG::4490", True),
        ("urn:ogc:def:crs:EPSG::4547", False),
        (7, False),
    ],
)
def test_systems_of_coordinates(seen: Any, crs: Any, taken: bool) -> None:
    data = collection(feature("Point", [1, 2]), crs={"type": "name", "properties": {"name": crs}})
    if taken:
        assert len(seen(data).features) == 1
    else:
        with pytest.raises(Unreadable, match="another system"):
            seen(data)


# --- KML and KMZ ----------------------------------------------------------------------------------

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><!-- flight 1 --><Document><Folder>
<Placemark><name>疑似排口</name><description><![CDATA[<b>黑水</b>]]></description>
  <ExtendedData><Data name="level"><value>3</value></Data>
    <SchemaData><SimpleData name="colour">black</SimpleData></SchemaData></ExtendedData>
  <Point><coordinates> 112.55,37.87,812 </coordinates></Point></Placemark>
<Placemark><name>堆场</name><MultiGeometry>
  <Polygon><outerBoundaryIs><LinearRing><coordinates>
    112,37 113,37
    113,38 112,37</coordinates></LinearRing></outerBoundaryIs></Polygon>
  <LineString><coordinates>112,37,5 113,37,9</coordinates></LineString></MultiGeometry></Placemark>
<Placemark><name>nothing</name></Placemark>
</Folder></Document></kml>"""


def kmz(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        KML.encode(),
        KML.replace("UTF-8", "UTF-16").encode("utf-16"),
        KML.replace("UTF-8", "GB2312").encode("gbk"),
        KML.replace(' xmlns="http://www.opengis.net/kml/2.2"', "").encode(),
        kmz({"files/p.jpg": b"x", "doc.kml": KML.encode()}),
        kmz({"sub/folder/Doc.KML": KML.encode()}),
    ],
)  # fmt: skip
def test_placemarks(seen: Any, data: bytes, tmp_path: Path) -> None:
    found = seen(data)
    point, yard = found.features
    assert (point.name, point.description) == ("疑似排口", "<b>黑水</b>")
    assert point.geometry.wkt == "POINT (112.55 37.87)"
    assert (point.properties["level"], point.properties["colour"]) == ("3", "black")
    assert point.properties[ALTITUDE] == [812, 812]
    assert yard.geometry.geom_type == "GeometryCollection"
    assert yard.properties[ALTITUDE] == [5, 9]
    assert found.problems == {"no-geometry": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["shapes"]


ENTITIES = '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "unknown-type"),
        (b"time,lon,lat", "unknown-type"),
        (b"<html/>", "unknown-type"),
        (b"<kml", "broken"),
        (b"{", "broken"),
        (b'{"type": "Topology"}', "unknown-type"),
        (b'{"type": ["Point"]}', "unknown-type"),
        (b'{"type": "\xff"}', "broken"),
        (b'{"a":' * 100_000, "too-nested"),
        (f"<kml>{ENTITIES}</kml>".encode(), "broken"),
        (f"{ENTITIES}<kml>&b;</kml>".encode(), "unsafe-xml"),
        (f"{OUTSIDE}<kml>&a;</kml>".encode(), "unsafe-xml"),
        (b"{" + b" " * (8 << 20), "too-large"),
        (b"<kml>" + b"<Placemark>" * 20_000 + b"</Placemark>" * 20_000 + b"</kml>",
         "too-many-features"),
        (b"PK\x03\x04", "broken"),
        (kmz({"a.txt": b""}), "unknown-type"),
        (kmz({"doc.kml": bytes(9 << 20)}), "unpacked-too-large"),
        (kmz({"doc.kml": b"<kml/>"} | {f"p{n}.jpg": b"" for n in range(2001)}),
         "unpacked-too-large"),
    ],
)  # fmt: skip
def test_what_is_refused(seen: Any, data: bytes, problem: str) -> None:
    tracemalloc.start()
    with pytest.raises(Unreadable) as caught:
        seen(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.problem == problem
    assert peak < 64 << 20


def test_too_many_of_anything(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "FEATURES", 2)
    with pytest.raises(Unreadable, match="more features"):
        seen(collection(*[feature("Point", [1, 2])] * 3))
    points = [[n / 10_000, 1] for n in range(geometry.POINTS + 1)]
    with pytest.raises(Unreadable, match="more points"):
        seen(feature("LineString", points))


# --- whatever it is -------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
kinds = st.sampled_from([*geometry.KINDS, "x"])
damage = st.lists(st.tuples(st.integers(0, 1500), st.binary(max_size=5)), max_size=6)
UNBOUNDED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def check(seen: Any, data: Any) -> None:
    try:
        found = seen(data)
    except Unreadable:
        return
    assert set(found.problems) <= set(PROBLEMS)
    for each in found.features:
        left, low, right, high = each.geometry.bounds
        assert -180 <= left <= right <= 180
        assert -90 <= low <= high <= 90
        json.dumps(dict(each.properties), allow_nan=False)


@UNBOUNDED
@given(kinds, anything, anything)
def test_no_geometry_raises_anything_else(
    seen: Any, kind: str, coordinates: Any, properties: Any
) -> None:
    inner = {"type": kind, "coordinates": coordinates, "geometries": [coordinates]}
    check(seen, {"type": "Feature", "geometry": inner, "properties": properties})


pairs = st.lists(st.lists(st.floats(-200, 200), min_size=2, max_size=3), max_size=6)


@UNBOUNDED
@given(pairs)
def test_no_ring_raises_anything_else(seen: Any, ring: list[list[float]]) -> None:
    check(seen, feature("Polygon", [ring]))


@UNBOUNDED
@given(st.sampled_from([KML.encode(), kmz({"doc.kml": KML.encode()}),
                        json.dumps(feature("Polygon", [SQUARE])).encode()]), damage)  # fmt: skip
def test_damage_raises_nothing_else(
    seen: Any, template: bytes, damages: list[tuple[int, bytes]]
) -> None:
    data = bytearray(template)
    for at, more in damages:
        data[at : at + len(more)] = more
    check(seen, bytes(data))


@UNBOUNDED
@given(st.sampled_from([b"", b"{", b"<kml>", b"PK\x03\x04"]), st.binary())
def test_no_bytes_raise_anything_else(seen: Any, head: bytes, rest: bytes) -> None:
    check(seen, head + rest)
