"""tus at the adapter's door: who may, what is answered, what is kept when something is in the way."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.actions import handing_in, uploads
from monitor.adapter import Parcel, Reply
from monitor.errors import StoreUnavailable
from monitor.intake import Intake
from monitor.store import Connection, surveys
from monitor.store import uploads as rows
from tests.drone.kit import SECRET, TUS, Call, Drones
from tests.drone.test_upload import HOT

TYPE = "application/offset+octet-stream"


def metadata(**said: str) -> str:
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    return ",".join(pairs)


async def begin(call: Call, path: str = "files", data: bytes = HOT, **said: str) -> httpx.Response:
    headers = TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(**said)}
    return await call("POST", path, headers=headers)


async def send(call: Call, url: str, offset: int, data: bytes) -> httpx.Response:
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": TYPE}
    return await call("PATCH", url, headers=headers, content=data)


@pytest.mark.parametrize("path", ["files", f"{SECRET}/files"])
def test_in_pieces_by_token_or_secret(drones: Drones, path: str) -> None:
    async def work(call: Call) -> None:
        options = await call("OPTIONS", path)
        assert options.headers["tus-extension"] == "creation,termination,expiration"
        begun = await begin(call, path, filename="走航.csv", mission="M1", pilot="示例飞手")
        assert begun.status_code == 201, begun.text
        url = begun.headers["location"]
        assert (await send(call, url, 0, HOT[:500])).headers["upload-offset"] == "500"
        assert (await send(call, url, 0, HOT[:500])).status_code == 409
        asked = await call("HEAD", url, headers=TUS)
        assert (asked.headers["upload-offset"], asked.headers["cache-control"]) == (
            "500",
            "no-store",
        )
        done = await send(call, url, 500, HOT[500:])
        assert (done.status_code, done.headers["upload-offset"]) == (204, str(len(HOT)))
        again = await call("HEAD", url, headers=TUS)  # who missed the answer asks
        assert again.headers["upload-offset"] == str(len(HOT))
        assert (await send(call, url, len(HOT), b"")).status_code == 204

    drones.run(work)
    (survey,) = drones.surveys()
    assert (survey["mission"], survey["pilot"]) == ("M1", "示例飞手")
    assert [f["name"] for f in survey["files"]] == ["走航.csv"]
    assert len(drones.alerts()) == 1


def test_who_may_not(drones: Drones) -> None:
    async def work(call: Call) -> None:
        url = (await begin(call)).headers["location"]
        none = {"Authorization": ""}
        for method, path in (("POST", "files"), ("HEAD", url), ("PATCH", url), ("DELETE", url)):
            assert (await call(method, path, headers=TUS | none)).status_code == 401
        wrong = f"/api/v1/feeds/drones/{'x' * 20}/files"
        assert (await call("POST", wrong, headers=TUS | none)).status_code == 401
        by_secret = url.replace("/drones/", f"/drones/{SECRET}/")  # is somebody else
        assert (await call("HEAD", by_secret, headers=TUS | none)).status_code == 404
        assert (await call("HEAD", url)).status_code == 412
        other = drones.bureau.headers("admin")
        assert (await call("HEAD", url, headers=TUS | other)).status_code == 404
        officer = drones.bureau.headers("officer")
        assert (await call("POST", "files", headers=TUS | officer)).status_code == 403
        assert (await call("DELETE", url, headers=TUS)).status_code == 204
        assert (await call("HEAD", url, headers=TUS)).status_code == 404

    for role in ("admin", "officer"):
        drones.bureau.token(role)
    drones.run(work)


def test_bytes_that_are_not_those_announced_are_dropped(drones: Drones) -> None:
    async def work(call: Call) -> None:
        right = hashlib.sha256(HOT).hexdigest()
        url = (await begin(call, sha256=right)).headers["location"]
        assert (await send(call, url, 0, HOT.swapcase())).status_code == 415
        assert (await call("HEAD", url, headers=TUS)).status_code == 404
        url = (await begin(call, sha256=right)).headers["location"]
        assert (await send(call, url, 0, HOT)).status_code == 204

    drones.run(work)
    assert len(drones.surveys()) == 1


def test_files_of_one_mission_are_one_survey_and_others_each_their_own(drones: Drones) -> None:
    async def work(call: Call) -> None:
        for n, mission in enumerate(("M", "M", "", "")):
            data = HOT + b"\n" * n
            url = (await begin(call, data=data, mission=mission)).headers["location"]
            assert (await send(call, url, 0, data)).status_code == 204

    drones.run(work)
    assert [len(survey["files"]) for survey in drones.surveys()] == [2, 1, 1]


def test_what_the_database_did_not_take_is_not_answered_and_has_not_to_be_sent_again(
    drones: Drones, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls: list[str] = []

    async def fails(call: Call) -> None:
        urls.append((await begin(call, mission="M")).headers["location"])
        assert (await send(call, urls[0], 0, HOT)).status_code == 503

    with monkeypatch.context() as patch:
        away = StoreUnavailable("away")
        patch.setattr(Intake, "_commit", lambda _self, batch: [away] * len(batch))
        drones.run(fails)
    assert drones.surveys() == []

    async def asks(call: Call) -> str:
        return (await call("HEAD", urls[0], headers=TUS)).headers["upload-offset"]

    assert drones.run(asks) == str(len(HOT))
    assert len(drones.surveys()) == 1


async def unread(drones: Drones, call: Call, data: bytes = HOT, mission: str = "M") -> str:
    """An upload that is complete, and whose process died then."""
    url = (await begin(call, data=data, mission=mission)).headers["location"]
    partial = drones.bureau.desk.media.resume(url.rpartition("/")[2])
    partial.write(data)
    partial.close()
    return url


def taking(drones: Drones) -> Callable[[Parcel], Reply]:
    """The adapter's depot, from a thread."""
    door: Any = drones.bureau.services.doors()["drones"]
    loop = asyncio.get_running_loop()
    return lambda parcel: asyncio.run_coroutine_threadsafe(door.take(parcel), loop).result()


def test_complete_ones_are_handed_in_however_long_the_daemon_was_away(drones: Drones) -> None:
    bureau = drones.bureau

    async def work(call: Call) -> None:
        urls = [await unread(drones, call, HOT + b"\n" * n, f"M{n}") for n in range(2)]
        begun = (await begin(call, mission="half")).headers["location"]
        bureau.clock.at += timedelta(days=30)
        assert uploads.sweep(bureau.desk) == 1  # the one that was only begun
        assert (await call("HEAD", begun, headers=TUS)).status_code == 404
        asked = await call("HEAD", urls[0], headers=TUS)  # who asks has it read
        assert asked.headers["upload-offset"] == str(len(HOT))
        finish = handing_in.finish
        assert await asyncio.to_thread(finish, bureau.desk, {"drones": taking(drones)}) == 1

    drones.run(work)
    assert [survey["mission"] for survey in drones.surveys()] == ["M0", "M1"]


def test_one_that_does_not_go_is_not_in_the_way_of_those_behind_it(drones: Drones) -> None:
    async def work(call: Call) -> None:
        for n in range(3):
            await unread(drones, call, HOT + b"\n" * n, f"M{n}")
        take = taking(drones)

        def stumbles(parcel: Parcel) -> Reply:
            if parcel.fields["mission"] != "M1":
                raise StoreUnavailable("away")
            return take(parcel)

        finish, desk = handing_in.finish, drones.bureau.desk
        assert await asyncio.to_thread(finish, desk, {"drones": stumbles}) == 1
        assert await asyncio.to_thread(finish, desk, {"drones": take}) == 2

    drones.run(work)
    assert len(drones.surveys()) == 3


def test_a_file_that_cannot_be_recorded_is_not_answered_and_costs_nobody_else(
    drones: Drones, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = surveys.put_file

    def fails(connection: Connection, values: dict[str, Any]) -> None:
        if values["name"] == "bad.csv":
            raise ValueError("no database takes it")
        put(connection, values)

    async def work(call: Call) -> list[str]:
        urls = []
        for name in ("bad.csv", "good.csv"):
            data = HOT + name.encode()
            begun = await begin(call, data=data, filename=name, mission=name)
            urls.append(begun.headers["location"])
        sent = [
            send(call, url, 0, HOT + name)
            for url, name in zip(urls, (b"bad.csv", b"good.csv"), strict=True)
        ]
        answers = await asyncio.gather(*sent)
        assert [answer.status_code for answer in answers] == [503, 204]
        return urls

    with monkeypatch.context() as patch:
        patch.setattr(surveys, "put_file", fails)
        bad, _ = drones.run(work)
    assert [survey["mission"] for survey in drones.surveys()] == ["good.csv"]

    async def again(call: Call) -> str:
        return (await call("HEAD", bad, headers=TUS)).headers["upload-offset"]

    assert drones.run(again) == str(len(HOT + b"bad.csv"))
    assert sorted(survey["mission"] for survey in drones.surveys()) == ["bad.csv", "good.csv"]


def test_two_that_begin_at_once_do_not_pass_the_limit_together(
    drones: Drones, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, counted = threading.Barrier(2), rows.under_way

    def at_once(connection: Connection, sender: Mapping[str, Any]) -> tuple[int, int]:
        found = counted(connection, sender)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)  # never, where the other waits for this transaction
        return found

    monkeypatch.setattr(uploads, "_AT_A_TIME", 1)
    monkeypatch.setattr(rows, "under_way", at_once)

    async def work(call: Call) -> list[int]:
        answers = await asyncio.gather(begin(call, mission="A"), begin(call, mission="B"))
        return sorted(answer.status_code for answer in answers)

    assert drones.run(work) == [201, 413]


def test_complete_ones_are_handed_in_by_the_sweep(drones: Drones) -> None:
    bureau = drones.bureau

    async def work(call: Call) -> None:
        url = (await begin(call, mission="M")).headers["location"]
        partial = bureau.desk.media.resume(url.rpartition("/")[2])
        partial.write(HOT)  # and here the process died
        door: Any = bureau.services.doors()["drones"]
        loop = asyncio.get_running_loop()

        def take(parcel: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(door.take(parcel), loop).result()

        finish = handing_in.finish
        assert await asyncio.to_thread(finish, bureau.desk, {"drones": take}) == 0  # it is written
        partial.close()
        assert await asyncio.to_thread(finish, bureau.desk, {"others": take}) == 0
        assert await asyncio.to_thread(finish, bureau.desk, {"drones": take}) == 1
        assert await asyncio.to_thread(finish, bureau.desk, {"drones": take}) == 0

    drones.run(work)
    assert len(drones.surveys()) == 1
    assert uploads.sweep(bureau.desk) == 0
