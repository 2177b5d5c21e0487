"""Where files are handed in: read, delivered in one transaction with what was found, then answered."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from adapters.drone.survey.names import base_name
from adapters.drone.upload.config import Config
from adapters.drone.upload.findings import Origin
from adapters.drone.upload.reading import Read, read
from monitor.adapter import Context, Delivery, Handed, Parcel, Reply
from monitor.errors import UnfitMedia
from monitor.event import Picture
from monitor.observation import Frame
from monitor.survey import Content, Survey, SurveyFile, line

_log = structlog.get_logger()

_READERS = 2
"""Files that are read at a time: each may take some hundred megabytes."""


class Reception:
    """The adapter's depot."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        self.max_files = config.max_files
        self._zone = ZoneInfo(config.zone) if config.zone else context.zone
        self._readers = asyncio.Semaphore(_READERS)
        self.frames: Counter[str] = Counter()
        """How many parcels came, by verdict."""
        self.last_frame_at: datetime | None = None

    async def take(self, parcel: Parcel) -> Reply:
        """Hand in what the files say, then answer."""
        said = {name: line(parcel.fields.get(name, "")) for name in ("mission", "pilot", "uscc")}
        mission = said["mission"] or _made_of(parcel.files)
        found = [await self._read(parcel, handed, mission) for handed in parcel.files]
        survey = Survey(
            mission=mission,
            pilot=said["pilot"] or None,
            uscc=said["uscc"].upper() or None,
            files=tuple(each.file for each in found),
            untimed=frozenset().union(*(each.untimed for each in found)),
        )
        events = tuple(event for each in found for event in each.events)
        frame = self._frame(parcel, survey)
        await self._context.deliver(
            [Delivery(frame, events=events, survey=survey, upload=parcel.upload)]
        )
        self.frames[frame.verdict] += 1
        self.last_frame_at = frame.received_at
        self._context.answered(1)
        return Reply(body=_json(_answer(survey, len(events))))

    async def _read(self, parcel: Parcel, handed: Handed, mission: str) -> Read:
        picture = Picture(base_name(handed.name), handed.file)
        origin = Origin(mission, picture, parcel.received_at, self._zone, self._config)
        async with self._readers:
            return await asyncio.to_thread(self._understood, origin)

    def _understood(self, origin: Origin) -> Read:
        try:
            return read(origin)
        except UnfitMedia as refused:
            _log.warning("file refused", adapter=self._config.name, reason=str(refused))
            raise
        except Exception as error:  # noqa: BLE001 - the file is kept, whatever it does to a reader
            _log.error("file not readable", adapter=self._config.name, error=repr(error))
            file, name = origin.picture.file, origin.picture.name
            problems = {"not-readable": 1}
            return Read(SurveyFile(file=file, name=name, content=Content.OTHER, problems=problems))

    def _frame(self, parcel: Parcel, survey: Survey) -> Frame:
        """The manifest of what came: what it says, and of each file the name and the hash."""
        problems = tuple(dict.fromkeys(name for f in survey.files for name in f.problems))
        unread = all(file.content is Content.OTHER for file in survey.files)
        manifest = {
            "fields": {line(name): line(value) for name, value in parcel.fields.items()},
            "files": [
                {"name": f.name, "sha256": f.file.sha256, "size": f.file.size} for f in survey.files
            ],
        }
        return Frame(
            source=self._config.name,
            peer=parcel.peer,
            received_at=parcel.received_at,
            raw=_json(manifest),
            verdict="refused" if unread else "tolerated" if problems else "clean",
            problems=problems,
            note=f"survey {survey.mission}",
        )

    def status(self) -> dict[str, Any]:
        """What has come."""
        return {
            "ready": True,
            "last_frame_at": self.last_frame_at,
            "frames": dict(self.frames),
        }


def _made_of(files: Iterable[Handed]) -> str:
    """The name of a survey without one: the same files again are the same survey."""
    digests = sorted({each.file.sha256 for each in files})
    return "sha256:" + hashlib.sha256("".join(digests).encode()).hexdigest()[:16]


def _answer(survey: Survey, findings: int) -> Mapping[str, Any]:
    return {
        "mission": survey.mission,
        "files": [
            {
                "name": f.name,
                "sha256": f.file.sha256,
                "content": f.content.value,
                "problems": dict(f.problems),
            }
            for f in survey.files
        ],
        "findings": findings,
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
