"""Files as cameras and offices make them, small."""

from __future__ import annotations

import base64
import io
import zipfile

from openpyxl import Workbook
from PIL import Image


def photo(
    colour: str = "red", size: tuple[int, int] = (800, 600), form: str = "JPEG", turned: int = 1
) -> bytes:
    """A picture; a JPEG has EXIF with a maker and the way that it was held (`turned` 1 … 8)."""
    out, more = io.BytesIO(), {}
    if form == "JPEG":
        exif = Image.Exif()
        exif[0x010F], exif[0x0112] = "示例相机".encode(), turned
        more["exif"] = exif
    Image.new("RGB", size, colour).save(out, form, **more)
    return out.getvalue()


HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAABkAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAA"
    "AwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAAB"
    "AAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACFt"
    "ZGF0AAAAFSgBrwQY+Mpx1//0sp++oC7Y3SEecA=="
)
"""A red picture of 64 × 48 as telephones make them."""

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def video(brand: bytes = b"isom", size: int = 1000) -> bytes:
    """What begins like a video of a brand."""
    head = (24).to_bytes(4) + b"ftyp" + brand + b"\0\0\2\0" + b"isommp41"
    return head + bytes(n * 7 % 251 for n in range(size - len(head)))


def workbook() -> bytes:
    """An Excel file."""
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def archive(*names: str) -> bytes:
    """A ZIP with some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()
