"""From what a drone brought home to its survey, inside the caller's transaction.

A survey is of the enterprises whose boundaries its files touch. Photos accuse nobody: they are put to the
events near them in place and time, whichever came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
import shapely

from monitor.alerting import Alerting
from monitor.clock import civil_date, from_ms, to_ms
from monitor.geodesy import distances
from monitor.placing import in_wgs84, placing_of
from monitor.register import Enterprise
from monitor.store import media, sightings
from monitor.store import surveys as rows
from monitor.survey import MOST_FILES, TOO_MANY, Survey, SurveyFile

NEAR = 100.0
"""Metres from an event within which a photo belongs to it, besides the accuracies of both."""
VAGUE = 100.0
"""Metres of accuracy that count at most: a photo without a good position is not everybody's."""
MEANWHILE = 600_000
"""Milliseconds before and after an event within which a photo belongs to it."""
BESIDE = 50.0
"""Metres from where the camera was within which its photo belongs to an event, where nothing says what
it shows. A judgement: about as far as a drone looks at a yard from, and no accuracy stretches it."""
OF_CAMERA = {"zh": "仅为相机位置", "en": "position of the camera"}
"""Is said in the name of such a photo."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A survey as it came: from which adapter, in which frame, with the events of which keys."""

    adapter: str
    survey: Survey
    frame: int
    keys: tuple[str, ...]


@dataclass
class Surveys:
    """Enters surveys; their events are entered before."""

    alerting: Alerting

    def __post_init__(self) -> None:
        self._connection = self.alerting.connection
        self._register = self.alerting.bench.register
        self._zone = self.alerting.bench.zone

    def take(self, brought: Iterable[Brought]) -> None:
        """Enter surveys, in an order that is the same for everybody."""
        for each in sorted(brought, key=lambda b: (b.adapter, b.survey.mission)):
            self._take(each)

    def _take(self, brought: Brought) -> None:
        survey, at = brought.survey, self.alerting.now
        values = {
            "adapter": brought.adapter,
            "mission": survey.mission,
            "pilot": survey.pilot,
            "uscc": survey.uscc,
            "received_at": at,
            "updated_at": at,
        }
        row = rows.enter(self._connection, values)
        for file in self._admitted(row.id, survey):
            media.add(self._connection, file.file, at)
            rows.put_file(self._connection, self._file(row.id, file, brought.frame))
        said = {"pilot": survey.pilot or row.pilot, "uscc": survey.uscc or row.uscc}
        grown = _extent(row, survey.files) | _span(row, survey.files)
        counts = [each for each in (row.expected_files, survey.expected) if each is not None]
        grown |= {"expected_files": max(counts, default=None)}
        rows.change(self._connection, row.id, said | grown | {"updated_at": at})
        rows.add_enterprises(self._connection, self._enterprises(row.id, survey))
        timed = {key: key not in survey.untimed for key in brought.keys}
        ids = rows.add_findings(self._connection, row.id, brought.adapter, timed)
        self._illustrate(row.id, [file.file.sha256 for file in survey.files], ids)

    def _admitted(self, number: int, survey: Survey) -> list[SurveyFile]:
        """The files as they are entered: those over the limit unread, as nothing but files."""
        digests = [file.file.sha256 for file in survey.files]
        known = rows.entered(self._connection, number, digests)
        count = rows.count_files(self._connection, number, MOST_FILES)
        admitted, unread = [], iter(survey.unread(TOO_MANY).files)
        for file, bare in zip(survey.files, unread, strict=True):
            problems = known.get(file.file.sha256)
            new = problems is None
            fits = count < MOST_FILES if problems is None else TOO_MANY not in problems
            admitted.append(file if fits else bare)
            known.setdefault(file.file.sha256, {} if fits else {TOO_MANY: 1})
            count += new
        return admitted

    def _file(self, number: int, file: SurveyFile, frame: int) -> dict[str, Any]:
        place = None if file.place is None else in_wgs84(file.place)
        end = file.end or file.start
        return {
            "survey": number,
            "sha256": file.file.sha256,
            "name": file.name,
            "content": file.content.value,
            "start_ms": None if file.start is None else to_ms(file.start),
            "end_ms": None if end is None else to_ms(end),
            "longitude": place and place.longitude,
            "latitude": place and place.latitude,
            "datum": place and place.datum.value,
            "accuracy": place and place.accuracy,
            "of_camera": place is not None and place.of_camera,
            "details": dict(file.details),
            "drawing": None if file.drawing is None else dict(file.drawing),
            "problems": dict(file.problems),
            "frame": frame,
            "received_at": self.alerting.now,
        }

    def _enterprises(self, number: int, survey: Survey) -> list[dict[str, Any]]:
        """Whom the files touch, and whom the sender names, if there is such an enterprise."""
        placing = placing_of(self._register)
        found: dict[str, tuple[Enterprise, bool]] = {}
        for file in survey.files:
            if file.trace is not None:
                for owner in placing.covered(shapely.from_wkt(file.trace)):
                    found[owner.uscc] = (owner, False)
        named = None if survey.uscc is None else self._register.enterprise(survey.uscc)
        if named is not None:
            found.setdefault(named.uscc, (named, True))
        return [
            {
                "survey": number,
                "uscc": uscc,
                "enterprise": owner.name,
                "district": owner.district,
                "said": said,
            }
            for uscc, (owner, said) in sorted(found.items())
        ]

    def _illustrate(self, number: int, digests: Sequence[str], ids: Sequence[int]) -> None:
        """Put what came now together: its photos with all events, its events with all photos."""
        photos = rows.photos(self._connection, number, digests)
        if photos:
            self._join(rows.placed(self._connection, number), photos)
        found = rows.placed(self._connection, number, ids)
        if found:
            self._join(found, rows.photos(self._connection, number))

    def _join(self, found: Sequence[Any], photos: Sequence[Any]) -> None:
        joined: dict[int, list[tuple[str, str]]] = {}
        for event, photo in _near(found, photos, self._zone):
            joined.setdefault(event.id, []).append((photo.sha256, self._name(photo)))
        for event, files in joined.items():
            sightings.add_files(self._connection, event, files)

    def _name(self, photo: Any) -> str:
        """A photo's name among an event's files; it says where only the camera was there."""
        if not photo.of_camera:
            return str(photo.name)
        stem, dot, kind = photo.name.rpartition(".")
        said = OF_CAMERA[self.alerting.bench.language]
        return f"{stem} ({said}).{kind}" if dot else f"{photo.name} ({said})"


def _near(found: Sequence[Any], photos: Sequence[Any], zone: tzinfo) -> Iterator[tuple[Any, Any]]:
    """Each event with each of the photos that belong to it, by where and when they were taken."""
    few, many = sorted((found, photos), key=len)
    at = np.array([(each.longitude, each.latitude) for each in many])
    for one in few:
        apart = distances(at[:, 0], at[:, 1], one.longitude, one.latitude)
        for n in np.flatnonzero(apart <= NEAR + 2 * VAGUE).tolist():
            event, photo = (one, many[n]) if few is found else (many[n], one)
            if apart[n] <= _reach(event, photo) and _meanwhile(event, photo, zone):
                yield event, photo


def _reach(event: Any, photo: Any) -> float:
    """Metres within which a photo belongs to an event."""
    return BESIDE if photo.of_camera else NEAR + _vague(photo) + _vague(event)


def _vague(row: Any) -> float:
    return min(row.accuracy or 0.0, VAGUE)


def _meanwhile(event: Any, photo: Any, zone: tzinfo) -> bool:
    """Whether a photo was taken about when an event was.

    A mark without a time is of its parcel: of what came with it, or was taken on the day that it came.
    """
    if not event.timed and photo.frame == event.frame:
        return True
    if photo.start_ms is None:
        return False
    if not event.timed:
        days = {civil_date(from_ms(at), zone) for at in (photo.start_ms, event.start_ms)}
        return len(days) == 1
    end = max(event.start_ms, event.end_ms or 0)
    return bool(event.start_ms - MEANWHILE <= photo.start_ms <= end + MEANWHILE)


def _span(row: Any, files: Iterable[SurveyFile]) -> dict[str, Any]:
    """When the survey was flown, as far as its files say so."""
    times = [to_ms(at) for file in files for at in (file.start, file.end) if at is not None]
    known = [at for at in (row.start_ms, row.end_ms) if at is not None]
    both = [*times, *known]
    return {"start_ms": min(both, default=None), "end_ms": max(both, default=None)}


def _extent(row: Any, files: Iterable[SurveyFile]) -> dict[str, Any]:
    """The box around all that the survey's files cover."""
    boxes = [shapely.from_wkt(file.trace).bounds for file in files if file.trace is not None]
    if row.west is not None:
        boxes.append(tuple(getattr(row, side) for side in rows.EXTENT))
    if not boxes:
        return dict.fromkeys(rows.EXTENT)
    sides = zip(*boxes, strict=True)
    pick = (min, min, max, max)
    return {
        side: float(best(values))
        for side, best, values in zip(rows.EXTENT, pick, sides, strict=True)
    }
