"""Fetching what a device has put into the bucket, and reading it as every drone's files are read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import shapely
import structlog

from adapters.drone.dji.config import Config
from adapters.drone.dji.said import Uploaded
from adapters.drone.survey.names import base_name
from adapters.drone.upload.findings import Origin
from adapters.drone.upload.pictures import position
from adapters.drone.upload.reading import Read, read
from adapters.forgetting import forget
from monitor.adapter import Context
from monitor.errors import MediaTooLarge, UnfitMedia
from monitor.event import Event, Examined, Picture
from monitor.objects import Bucket
from monitor.survey import Content, Survey, SurveyFile

MISMATCH = "fingerprint-mismatch"
_REMEMBERED = 20_000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of a file that was announced."""

    survey: Survey | None = None
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()
    again: bool = False
    """It is kept already, as it lies in the bucket."""
    missing: bool = False
    """The bucket has no such object, or not yet."""
    given_up: bool = False
    """It is not looked for again, either."""
    as_found: tuple[int, float] | None = None
    """Size and time of the object that was fetched."""


class Collecting:
    """Fetches for one adapter."""

    def __init__(self, config: Config, context: Context, bucket: Bucket) -> None:
        self._config, self._context, self._bucket = config, context, bucket
        self._zone = ZoneInfo(config.zone) if config.zone else context.zone
        self._kept: dict[str, tuple[int, float]] = {}
        """Size and time of the objects that are kept, by their keys."""
        self._locks = WeakValueDictionary[str, asyncio.Lock]()
        """Of the objects that are being fetched or delivered."""

    def alone(self, file: Uploaded) -> asyncio.Lock:
        """Held from before a file is fetched until what it is in is durable, or is not."""
        return self._locks.setdefault(file.object_key, asyncio.Lock())

    async def collect(self, file: Uploaded) -> Collected:
        """Fetch, keep and read a file; raises MediaFull and MediaUnavailable: try again."""
        object_ = await asyncio.to_thread(self._bucket.find, file.object_key)
        if object_ is None:
            return Collected(problems=("object-missing",), missing=True)
        if self._kept.get(file.object_key) == object_:
            return Collected(survey=self._survey(file), again=True)
        problems: list[str] = []
        digest = hashlib.md5(usedforsecurity=False)
        try:
            found = await self._context.gather(self._pieces(file.object_key, digest.update))
        except MediaTooLarge:
            return Collected(problems=("file-too-large",))
        except UnfitMedia:
            return Collected(problems=("dangerous-file",))
        if file.fingerprint and digest.hexdigest().upper() != file.fingerprint:
            problems.append(MISMATCH)
        heard = await asyncio.to_thread(self._read, file, found)
        survey = replace(self._survey(file), files=(heard.file,), untimed=heard.untimed)
        return Collected(survey, heard.events, (*problems, *heard.file.problems), as_found=object_)

    def kept(self, file: Uploaded, found: Collected) -> None:
        """To be told when what was fetched is durable, and not before."""
        if found.as_found is None:
            return
        self._kept.pop(file.object_key, None)
        self._kept[file.object_key] = found.as_found
        forget(self._kept, _REMEMBERED)

    def _pieces(self, key: str, told: Callable[[bytes], None]) -> Iterator[bytes]:
        for piece in self._bucket.read(key):
            told(piece)
            yield piece

    @staticmethod
    def _survey(file: Uploaded) -> Survey:
        return Survey(mission=file.mission, expected=file.expected)

    def _read(self, file: Uploaded, found: Examined) -> Read:
        picture = Picture(base_name(file.name), found)
        reading = self._config.reading
        origin = Origin(file.mission, picture, self._context.now(), self._zone, reading)
        try:
            heard = read(origin)
        except UnfitMedia:
            heard = _unread(picture, "dangerous-file")
        except Exception as error:  # noqa: BLE001 - the file is kept, whatever it does to a reader
            _log.error("file not readable", adapter=self._config.name, error=repr(error))
            heard = _unread(picture, "not-readable")
        return replace(heard, file=_completed(heard.file, file))


def _unread(picture: Picture, problem: str) -> Read:
    file = SurveyFile(
        file=picture.file, name=picture.name, content=Content.OTHER, problems={problem: 1}
    )
    return Read(file)


def _completed(found: SurveyFile, said: Uploaded) -> SurveyFile:
    """What the file does not say of itself, as the device says it."""
    problems = dict(found.problems)
    if found.start is None and said.taken_at is not None:
        problems.pop("no-time", None)
        found = replace(found, start=said.taken_at)
    if found.place is None and said.camera is not None:
        problems.pop("no-position", None)
        trace = found.trace or shapely.Point(position(said.camera)).wkt
        found = replace(found, place=said.camera, trace=trace)
    details = {**found.details, "dji": dict(said.details)}
    return replace(found, details=details, problems=problems)
