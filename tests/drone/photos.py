"""Photos as aircraft and telephones write them: EXIF by Pillow, XMP as bytes, segments by hand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, TiffImagePlugin
from PIL.ExifTags import GPS, IFD, Base

M4T = {
    "DroneModel": "M4T",
    "DroneSerialNumber": "1581F7FVC24CK00D",
    "CameraSerialNumber": "4TCAM0001",
    "ImageSource": "WideCamera",
    "GpsStatus": "RTK",
    "AltitudeType": "RtkAlt",
    "GpsLatitude": "+37.870000000",
    "GpsLongitude": "+112.550000000",
    "AbsoluteAltitude": "+881.530",
    "RelativeAltitude": "+100.000",
    "GimbalRollDegree": "+0.00",
    "GimbalYawDegree": "+90.00",
    "GimbalPitchDegree": "-45.00",
    "RtkFlag": "50",
    "RtkStdLon": "0.03",
    "RtkStdLat": "0.04",
    "RtkStdHgt": "0.05",
    "UTCAtExposure": "2026-08-01T04:00:00.250000",
}
"""The names and notations of DJI's manual (Matrice 4 series, p. 90) and of ExifTool's DJI.pm."""


def packet(values: dict[str, str], *, elements: bool = False) -> bytes:
    """An XMP packet: the values as attributes of rdf:Description, or as elements in it."""
    if elements:
        inner = "".join(f"<drone-dji:{k}>{v}</drone-dji:{k}>" for k, v in values.items())
        body = f"<rdf:Description rdf:about='DJI Meta Data'>{inner}</rdf:Description>"
    else:
        inner = " ".join(f'drone-dji:{k}="{v}"' for k, v in values.items())
        body = f'<rdf:Description rdf:about="DJI Meta Data" {inner}/>'
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/">'
        f'{body}</rdf:RDF></x:xmpmeta>\n   \n<?xpacket end="w"?>'
    ).encode()


def segment(marker: int, data: bytes) -> bytes:
    """One of ITU-T T.81 B.1.1.4."""
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2) + data


def tags(
    *,
    at: tuple[float, float] | None = None,
    photo: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
    image: dict[int, Any] | None = None,
) -> Image.Exif:
    """EXIF by Pillow; `at` as degrees, minutes and seconds."""
    exif = Image.Exif()
    for tag, value in (image or {}).items():
        exif[tag] = value
    exif.get_ifd(IFD.Exif).update(photo or {})
    place = exif.get_ifd(IFD.GPSInfo)
    if at is not None:
        place[GPS.GPSLongitudeRef], place[GPS.GPSLatitudeRef] = (
            "E" if at[0] >= 0 else "W",
            "N" if at[1] >= 0 else "S",
        )
        place[GPS.GPSLongitude], place[GPS.GPSLatitude] = _dms(at[0]), _dms(at[1])
    place.update(gps or {})
    return exif


def _dms(angle: float) -> tuple[Any, ...]:
    seconds = round(abs(angle) * 3600 * 10_000)
    parts = seconds // 36_000_000, seconds // 600_000 % 60, seconds % 600_000
    bases = 1, 1, 10_000
    return tuple(TiffImagePlugin.IFDRational(*each) for each in zip(parts, bases, strict=True))


LOCAL = {Base.DateTimeOriginal: "2026:08:01 12:00:00"}
STAMPS = {GPS.GPSDateStamp: "2026:08:01", GPS.GPSTimeStamp: (4.0, 0.0, 1.5)}


def picture(form: str = "JPEG", exif: Image.Exif | None = None) -> bytes:
    """A small picture with its EXIF."""
    out = io.BytesIO()
    more = {} if exif is None else {"exif": exif}
    Image.new("RGB", (16, 12), "red").save(out, form, **more)
    return out.getvalue()


def jpeg(
    xmp: bytes | dict[str, str] | None = None, exif: Image.Exif | None = None, app3: int = 0
) -> bytes:
    """A JPEG with an XMP packet behind its first marker, and so many bytes of raw thermal data."""
    data = picture("JPEG", exif)
    more = b""
    if xmp is not None:
        raw = packet(xmp) if isinstance(xmp, dict) else xmp
        more += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + raw)
    while app3 > 0:
        more += segment(0xE3, bytes(min(app3, 65_000)))
        app3 -= 65_000
    return data[:2] + more + data[2:]


def write(folder: Path, data: bytes, name: str = "DJI_0001.JPG") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(data)
    return path
