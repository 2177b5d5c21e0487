"""What the store does not take at first, with pictures that were filed by then: nothing of it is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters import pauses
from adapters.video import connection
from adapters.video.hikvision import Adapter
from adapters.video.hikvision.config import Config
from monitor import intake as intaking
from monitor.errors import MediaFull, MediaUnavailable, StoreUnavailable
from monitor.event import Examined
from monitor.filing import Filing
from monitor.media import InBucket, Limits, Media
from monitor.objects import Bucket
from monitor.store import Store
from monitor.store.tables import sighting_files, sightings
from tests.mqtt.test_intake import taking_in
from tests.objects import ObjectStore
from tests.pictures import photo
from tests.servers import async_wait_for
from tests.video import hikvision_kit, wvp_kit
from tests.video.kit import Bench
from tests.video.stored import rows
from tests.video.streaming import LOGIN, Device, listening, part, reading, say

PHOTO = photo(size=(16, 8))
ALARM = part(hikvision_kit.alert()) + part(PHOTO, "image/jpeg")


@pytest.fixture(params=["folder", "bucket"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(pauses, "FIRST", 0.01)
    monkeypatch.setattr(pauses, "LONGEST", 0.02)
    monkeypatch.setattr(connection, "QUIET", 0.05)
    monkeypatch.setattr(intaking, "_PAUSES", ())
    found = Bench(tmp_path, "platform")
    if request.param == "bucket":
        server: ObjectStore = request.getfixturevalue("object_store")
        found.media = Media(
            tmp_path / "media", Limits(keep_free=0), InBucket(Bucket(server.said()))
        )
    return found


class Fails:
    """Faults of a store and of its media, one each of those that are listed."""

    def __init__(self, store: Store, media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commits = 0
        self.places: list[Exception] = []
        self._store_write, self._place = store.write, media.place
        monkeypatch.setattr(store, "write", self._write)
        monkeypatch.setattr(media, "place", self._placing)

    @contextmanager
    def _write(self) -> Iterator[Any]:
        with self._store_write() as connection:
            yield connection
            if self.commits:
                self.commits -= 1
                raise StoreUnavailable("示例: no answer")

    def _placing(self, found: Examined, *, keep: bool = False) -> None:
        if self.places:
            raise self.places.pop()
        self._place(found, keep=keep)


@asynccontextmanager
async def through(store: Store, bench: Bench) -> AsyncIterator[None]:
    async with taking_in(store) as intake:
        intake.filing = Filing(bench.media)
        bench.deliver = intake.deliver  # type: ignore[method-assign]
        yield


def stored(store: Store, bench: Bench) -> list[bytes | None]:
    """What the rows of pictures lead to."""
    return [bench.media.content(each.sha256) for each in rows(store, sighting_files)]


async def _pulled(store: Store, bench: Bench) -> None:
    async with listening(Device([say(ALARM)])) as url, through(store, bench):
        config = Config.model_validate(
            {"type": "hikvision", "name": "platform", "url": url} | LOGIN
        )
        async with reading(Adapter(config, bench.context())):
            await async_wait_for(lambda: rows(store, sighting_files))


@pytest.mark.parametrize(
    ("commits", "places"),
    [(1, []), (2, []), (0, [MediaFull("示例: full"), MediaUnavailable("示例: away")])],
    ids=["commit", "commits", "media"],
)
async def test_an_alarm_of_a_stream_waits_with_its_picture(
    store: Store,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    commits: int,
    places: list[Exception],
) -> None:
    fails = Fails(store, bench.media, monkeypatch)
    fails.commits, fails.places = commits, list(places)
    await _pulled(store, bench)
    assert (fails.commits, fails.places) == (0, [])
    assert stored(store, bench) == [PHOTO]
    assert len(rows(store, sightings)) == 1


async def test_a_picture_of_a_platform_waits(
    store: Store, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wvp = wvp_kit.Wvp([wvp_kit.row()])
    fails = Fails(store, bench.media, monkeypatch)
    async with through(store, bench), wvp_kit.running(bench, wvp, picture_pauses=[0.1] * 20):
        await async_wait_for(lambda: rows(store, sightings))
        fails.commits = 1
        wvp.snaps["/api/alarm/snap/1"] = wvp_kit.PHOTO
        await async_wait_for(lambda: rows(store, sighting_files))
    assert fails.commits == 0
    assert stored(store, bench) == [wvp_kit.PHOTO]
    assert len(rows(store, sightings)) == 1
