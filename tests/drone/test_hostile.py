"""What is made to do harm is refused, at once, clearly, in bounded memory; and nothing of it is kept."""

from __future__ import annotations

import io
import socket
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import serve
from tests.drone.kit import SECRET, TUS, Call, Drones
from tests.drone.test_kinds import KML
from tests.drone.test_upload import HOT

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE kml [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<kml><Placemark><name>&c;</name></Placemark></kml>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<kml><Placemark><name>&x;</name></Placemark></kml>"""
MEGABYTES = 100


def bomb(name: str, more: tuple[str, ...] = ()) -> bytes:
    """A ZIP that is a thousand times as large unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for other in more:
            archive.writestr(other, b"<x/>")
        with archive.open(name, "w", force_zip64=True) as entry:
            for _ in range(260):
                entry.write(bytes(1 << 20))
    return out.getvalue()


def escaping(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("doc.kml", KML)
        archive.writestr(name, b"x")
    return out.getvalue()


def huge_png() -> bytes:
    """30,000 × 30,000 pixels in a hundred kilobytes, all of them there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer, rows = zlib.compressobj(9), bytes(3_751)
    data = b"".join(packer.compress(rows) for _ in range(30_000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


HOSTILE = {
    "kmz-bomb": (lambda: bomb("doc.kml"), 415, "ZIP bomb"),
    "xlsx-bomb": (
        lambda: bomb("xl/worksheets/sheet1.xml", ("[Content_Types].xml", "xl/workbook.xml")),
        415,
        "ZIP bomb",
    ),
    "entities": (lambda: BILLION_LAUGHS, 415, "entities"),
    "external-entity": (lambda: EXTERNAL, 415, "entities"),
    "dots": (lambda: escaping("../../etc/cron.d/x"), 415, "outside"),
    "backslashes": (lambda: escaping("..\\..\\x"), 415, "outside"),
    "absolute": (lambda: escaping("/etc/x"), 415, "outside"),
    "pixels": (huge_png, 413, "900000000"),
}


def kept(drones: Drones) -> list[Path]:
    """Files in the folder of media."""
    return [path for path in drones.bureau.desk.media.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_form_with_a_hostile_file_is_refused_as_a_whole(drones: Drones, name: str) -> None:
    made, status, reason = HOSTILE[name]
    data = made()
    tracemalloc.start()
    try:
        answer = drones.send(("good.csv", HOT), ("x.kmz", data), mission="M")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, reason in answer.text) == (status, True), answer.text
    assert peak < MEGABYTES << 20
    assert (drones.surveys(), drones.alerts(), kept(drones)) == ([], [], [])


@pytest.mark.parametrize("name", ["kmz-bomb", "pixels"])
def test_a_hostile_upload_is_dropped_with_its_bytes(drones: Drones, name: str) -> None:
    data, status = HOSTILE[name][0](), HOSTILE[name][1]

    async def work(call: Call) -> None:
        begun = await call("POST", "files", headers=TUS | {"Upload-Length": str(len(data))})
        url = begun.headers["location"]
        kind = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        sent = await call("PATCH", url, headers=TUS | kind, content=data)
        assert sent.status_code == status, sent.text
        assert (await call("HEAD", url, headers=TUS)).status_code == 404

    drones.run(work)
    assert (drones.surveys(), kept(drones)) == ([], [])


def test_names_of_files_lead_nowhere(drones: Drones) -> None:
    for name in ("../../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "..", "a\0b\x1b[0m.csv"):
        assert drones.send((name, HOT), mission=name).status_code == 200
    names = [file["name"] for survey in drones.surveys() for file in survey["files"]]
    assert all(not set(name) & set("/\\\0\x1b") for name in names)
    assert {"passwd", "boot.ini", "shadow", "unnamed"} <= set(names)


def test_two_gigabytes_are_refused_before_they_are_sent(drones: Drones) -> None:
    async def work(call: Call) -> httpx.Response:
        return await call("POST", "files", headers=TUS | {"Upload-Length": "2000000000"})

    assert drones.run(work).status_code == 413
    running = serve(drones.bureau.app, drones.bureau.changed)
    try:
        port = int(running.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as line:
            head = f"POST /api/v1/feeds/drones/{SECRET}/surveys HTTP/1.1\r\nHost: x\r\n"
            head += "Content-Type: multipart/form-data; boundary=x\r\n"
            line.sendall(f"{head}Content-Length: 2000000000\r\n\r\n".encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 413 ")
    finally:
        running.stop()


def test_a_form_that_does_not_end_is_refused_at_its_limit(drones: Drones) -> None:
    most = drones.bureau.desk.media.limits.max_file

    async def work(call: Call) -> httpx.Response:
        async def endless():  # type: ignore[no-untyped-def]
            yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
            for _ in range(most // 1_000 + 200):
                yield bytes(1_000)

        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        return await call("POST", "surveys", headers=kind, content=endless())

    assert drones.run(work).status_code == 413
    assert kept(drones) == []


def test_too_many_files_and_none(drones: Drones) -> None:
    drones.settings = {"max_files": 2}
    assert drones.send(*((f"{n}.csv", HOT) for n in range(3))).status_code == 413
    assert drones.send(("x.csv", HOT), ("y.csv", HOT)).status_code == 200

    async def work(call: Call) -> httpx.Response:
        return await call("POST", "surveys", files=[("mission", (None, "M"))])

    assert drones.run(work).status_code == 422
