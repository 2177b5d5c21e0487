"""KML placemarks in the form of GeoJSON's features. XML by a parser that expands nothing.

OGC 07-147r2 (KML 2.2): coordinates are `longitude,latitude[,altitude]`, tuples apart by
white space. Namespaces differ between writers and versions and are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from adapters.drone.survey.problems import BROKEN, Unreadable
from adapters.hj212 import numbers

_CHINESE = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']gb", re.IGNORECASE)


def features(data: bytes) -> Iterator[Mapping[str, Any]]:
    """Every placemark with its geometry and properties; raises Unreadable."""
    try:
        chinese = _CHINESE.match(data)  # of which the parser knows none
        text = data.decode("gb18030") if chinese else data
        root = ElementTree.fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable("unsafe-xml") from None
    except BROKEN:
        raise Unreadable("broken") from None
    if _tag(root) not in ("kml", "Document", "Folder", "Placemark"):
        raise Unreadable("unknown-type")
    return (_feature(each) for each in root.iter() if _tag(each) == "Placemark")


def _feature(placemark: Element) -> Mapping[str, Any]:
    found = filter(None, map(_geometry, placemark))
    return {"geometry": next(found, None), "properties": dict(_properties(placemark))}


def _properties(placemark: Element) -> Iterator[tuple[str, str]]:
    """Its data, and its name and description, which count."""
    for data in _children(placemark, "ExtendedData"):
        for element in _children(data, "Data"):
            yield element.get("name", ""), _child_text(element, "value")
        for schema in _children(data, "SchemaData"):
            for element in _children(schema, "SimpleData"):
                yield element.get("name", ""), element.text or ""
    for stamp in _children(placemark, "TimeStamp"):
        yield "time", _child_text(stamp, "when")
    for name in ("name", "description"):
        if text := _child_text(placemark, name):
            yield name, text


def _geometry(element: Element, depth: int = 4) -> dict[str, Any] | None:
    """A geometry as GeoJSON has it; None for an element that is none."""
    kind = _tag(element)
    if kind == "MultiGeometry" and depth:
        members = [made for each in element if (made := _geometry(each, depth - 1))]
        return {"type": "GeometryCollection", "geometries": members}
    if kind == "Polygon":
        rings = [*_rings(element, "outerBoundaryIs"), *_rings(element, "innerBoundaryIs")]
        return {"type": "Polygon", "coordinates": rings}
    if kind == "Point":
        return {"type": "Point", "coordinates": next(iter(_positions(element)), [])}
    if kind in ("LineString", "LinearRing"):
        return {"type": "LineString", "coordinates": _positions(element)}
    return None


def _rings(polygon: Element, side: str) -> Iterator[list[list[float | None]]]:
    for boundary in _children(polygon, side):
        yield from map(_positions, _children(boundary, "LinearRing"))


def _positions(element: Element) -> list[list[float | None]]:
    return [
        [numbers.number(part.strip())[0] for part in position.split(",")[:3]]
        for position in _child_text(element, "coordinates").split()
    ]


def _child_text(element: Iterable[Element], tag: str) -> str:
    return next((child.text or "" for child in _children(element, tag)), "")


def _children(element: Iterable[Element], tag: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) == tag)


def _tag(element: Element) -> str:
    """Its name without a namespace; comments and instructions have none."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
