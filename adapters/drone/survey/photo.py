"""What a photo says of itself: where and when, with which camera, and where that looked.

Nothing is decoded and nothing written: a thermal R-JPEG keeps its raw data only as the file it is.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path

from PIL.ExifTags import GPS, Base

from adapters.drone.survey import exif, xmp
from adapters.drone.survey.exif import Exif
from adapters.drone.survey.exposure import TimeFrom, exposure
from adapters.drone.survey.headers import Headers, Type, headers
from adapters.drone.survey.terms import Above
from monitor.event import Place
from monitor.geodesy import distance

_RAW_THERMAL = 16 << 10
"""Bytes of APP3 from which they are raw thermal data: 160 × 120 pixels have 38 400."""
_LASER_SLACK = 50.0
"""Metres that a laser target may be farther from the camera than what was measured."""


class Lens(StrEnum):
    """Which of a payload's cameras took it (ImageSource)."""

    WIDE = "WideCamera"
    ZOOM = "ZoomCamera"
    THERMAL = "InfraredCamera"


@dataclass(frozen=True, slots=True)
class Rtk:
    """The state of the aircraft's RTK: 0 none, 16 single, 32 to 49 float, 50 fixed."""

    flag: int
    longitude: float | None = None
    """Standard deviations in metres."""
    latitude: float | None = None
    height: float | None = None

    @property
    def accuracy(self) -> float | None:
        """Metres within which the position is, in about 95 of 100 cases: twice the deviation."""
        if not self.flag or self.longitude is None or self.latitude is None:
            return None
        return 2 * math.hypot(self.longitude, self.latitude)


@dataclass(frozen=True, slots=True)
class Laser:
    """What the laser rangefinder hit in the middle of the picture."""

    longitude: float
    latitude: float
    distance: float | None
    """Metres from the camera."""
    altitude: float | None
    """Metres, on the scale of the camera's own altitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo by its metadata. Angles in degrees, NED: yaw 0 = north, pitch −90 = down."""

    path: Path
    type: Type
    taken_at: datetime | None = None
    """UTC."""
    time_from: TimeFrom | None = None
    time_text: str | None = None
    """As the camera wrote it."""
    camera: Place | None = None
    """Where the camera was, with the accuracy that the file states."""
    altitude: float | None = None
    """Metres."""
    altitude_above: Above | None = None
    height: float | None = None
    """Metres above take-off; above ground only where that is level."""
    yaw: float | None = None
    pitch: float | None = None
    laser: Laser | None = None
    rtk: Rtk | None = None
    lens: Lens | None = None
    orientation: int = 1
    """How it is to be turned, by EXIF: 1 to 8."""
    radiometric: bool = False
    """It is an R-JPEG: its raw temperatures are lost if it is ever encoded again."""
    model: str | None = None
    aircraft_serial: str | None = None
    camera_serial: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    tags: Exif
    packet: xmp.Packet
    problems: dict[str, None] = field(default_factory=dict)

    def name(self, problem: str) -> None:
        self.problems[problem] = None

    def number(self, *names: str) -> float | None:
        return xmp.number(self.packet, *names)


def read(path: Path, zone: tzinfo) -> Photo:
    """A JPEG, TIFF or HEIC by its content; `zone` is the site's, for local times without an offset.

    Raises Unreadable for what is no picture, OSError for what cannot be opened.
    """
    found = headers(path)
    reading = _reading(path, found)
    place = _place(reading)
    taken = exposure(reading.tags, reading.packet, zone, reading.name)
    altitude, above = _altitude(reading)
    make = reading.tags.make or ""
    lens = _lens(reading.packet.get("ImageSource"))
    return Photo(
        path=path,
        type=found.type,
        taken_at=taken.at,
        time_from=taken.source,
        time_text=taken.written,
        camera=place,
        altitude=altitude,
        altitude_above=above,
        height=reading.number("RelativeAltitude"),
        yaw=reading.number("GimbalYawDegree"),
        pitch=reading.number("GimbalPitchDegree"),
        laser=_laser(reading, place),
        rtk=_rtk(reading),
        lens=lens,
        orientation=_orientation(reading.tags),
        radiometric=found.app3 >= _RAW_THERMAL and (lens is Lens.THERMAL or make == "DJI"),
        model=reading.packet.get("DroneModel") or reading.tags.model,
        aircraft_serial=reading.packet.get("DroneSerialNumber"),
        camera_serial=_camera_serial(reading),
        problems=tuple(reading.problems),
    )


def _reading(path: Path, found: Headers) -> _Reading:
    """The tags and the packet, with what is wrong with either."""
    if found.type is Type.TIFF:
        with path.open("rb") as file:
            tags = exif.read(file)
    else:
        tags = exif.read(io.BytesIO(found.exif)) if found.exif else Exif()
    raw = found.xmp or tags.xmp
    packet = xmp.read(raw) if raw else {}
    reading = _Reading(tags, packet or {})
    if tags.damaged:
        reading.name("exif-unreadable")
    if packet is None:
        reading.name("xmp-unreadable")
    return reading


def _place(reading: _Reading) -> Place | None:
    """The camera's position: DJI's own, which has more digits, before that of EXIF."""
    gps = reading.tags.gps
    from_exif = (
        exif.degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef)),
        exif.degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef)),
    )
    from_xmp = (
        reading.number("GpsLongitude", "GpsLongtitude"),  # sic, on older aircraft
        reading.number("GpsLatitude"),
    )
    for position in (from_xmp, from_exif):
        found = _on_earth(*position, reading)
        if found is not None:
            return Place(
                longitude=found[0], latitude=found[1], accuracy=_accuracy(reading), of_camera=True
            )
    reading.name("no-position")
    return None


def _on_earth(
    longitude: float | None, latitude: float | None, reading: _Reading
) -> tuple[float, float] | None:
    """A position, unless it is none, or the 0° 0° that cameras write without one."""
    if longitude is None or latitude is None or (longitude, latitude) == (0, 0):
        return None
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        reading.name("bad-position")
        return None
    return longitude, latitude


def _accuracy(reading: _Reading) -> float | None:
    rtk = _rtk(reading)
    stated = None if rtk is None else rtk.accuracy
    if stated is None:
        stated = exif.number(reading.tags.gps.get(GPS.GPSHPositioningError))
    return stated if stated is not None and stated > 0 else None


def _rtk(reading: _Reading) -> Rtk | None:
    flag = reading.number("RtkFlag")
    if flag is None:
        return None
    deviations = (reading.number(f"RtkStd{axis}") for axis in ("Lon", "Lat", "Hgt"))
    return Rtk(int(flag), *deviations)


def _altitude(reading: _Reading) -> tuple[float | None, Above | None]:
    """The altitude and what it is measured from: the ellipsoid with RTK, else about the sea."""
    height = reading.number("AbsoluteAltitude")
    if height is not None:
        kind = reading.packet.get("AltitudeType", "")
        by_rtk = "rtk" in kind.casefold() if kind else (reading.number("RtkFlag") or 0) > 0
        return height, Above.ELLIPSOID if by_rtk else Above.SEA
    gps = reading.tags.gps
    height, reference = exif.number(gps.get(GPS.GPSAltitude)), gps.get(GPS.GPSAltitudeRef, b"\0")
    if height is None:
        return None, None
    code = reference[0] if isinstance(reference, bytes) and reference else reference
    # Exif 3.0: 0 above and 1 below the sea, 2 above and 3 below the ellipsoid
    return (-height if code in (1, 3) else height), (
        Above.ELLIPSOID if code in (2, 3) else Above.SEA
    )


def _laser(reading: _Reading, camera: Place | None) -> Laser | None:
    """The laser's target, if it was measured and is not farther away than was measured."""
    target = reading.number("LRFTargetLon"), reading.number("LRFTargetLat")
    if target == (None, None):
        return None
    position = _on_earth(*target, reading)
    far = reading.number("LRFTargetDistance")
    normal = reading.packet.get("LRFStatus", "Normal").casefold() == "normal"
    if position is None or not normal or not _in_reach(camera, position, far):
        reading.name("laser-invalid")
        return None
    return Laser(*position, far, reading.number("LRFTargetAbsAlt"))


def _in_reach(camera: Place | None, target: tuple[float, float], far: float | None) -> bool:
    """Whether a target is no farther from the camera than was measured, as far as is known."""
    if far is None or camera is None:
        return far is None or far > 0
    apart = distance((camera.longitude, camera.latitude), target)
    return far > 0 and apart <= far + _LASER_SLACK


def _lens(source: str | None) -> Lens | None:
    return Lens(source) if source in set(Lens) else None


def _orientation(tags: Exif) -> int:
    value = tags.image.get(Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _camera_serial(reading: _Reading) -> str | None:
    by_exif = exif.text(reading.tags.photo.get(Base.BodySerialNumber))
    return reading.packet.get("CameraSerialNumber") or by_exif
