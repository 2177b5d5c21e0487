"""The XMP packet of DJI's cameras: names and texts of its namespace, by a parser that expands nothing.

Documented by DJI (Zenmuse P1 p. 22, Mavic 3M p. 89, Matrice 4 p. 90) and in ExifTool's DJI.pm; values
are attributes of rdf:Description, on some models elements in it, and mostly signed: `+431.53`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from defusedxml import ElementTree

from adapters.drone.survey.exif import TEXT, text
from adapters.drone.survey.problems import BROKEN
from adapters.hj212 import numbers

BYTES = 256 << 10
"""Of a packet. One in a JPEG's segment has 64 KiB at most."""

_NAMESPACE = "{http://www.dji.com/drone-dji/1.0/}"

Packet: TypeAlias = Mapping[str, str]


def read(packet: bytes) -> Packet | None:
    """The values by their names without namespace, the first of each; None where it cannot be read."""
    if len(packet) > BYTES:
        return None
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except BROKEN:
        return None
    found: dict[str, str] = {}
    for element in root.iter():
        for name, value in [*element.attrib.items(), (element.tag, element.text or "")]:
            kept = text(value[: 2 * TEXT])
            if isinstance(name, str) and name.startswith(_NAMESPACE) and kept:
                found.setdefault(name.removeprefix(_NAMESPACE), kept)
    return found


def number(packet: Packet, *names: str) -> float | None:
    """The number under the first of the names that is there."""
    value = next((packet[name] for name in names if name in packet), "")
    found, _ = numbers.number(value)
    return None if found is None else float(found)
