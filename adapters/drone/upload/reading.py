"""One file of a survey: what it says, and what was found in it. Pure but for opening the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey import photo, raster, shapes, track
from adapters.drone.survey.contents import content
from adapters.drone.survey.problems import DANGEROUS, UNREADABLE, Unreadable
from adapters.drone.survey.shapes import Feature
from adapters.drone.survey.sight import sight
from adapters.drone.survey.spots import Spot, Threshold, spots
from adapters.drone.survey.track import Track
from adapters.drone.upload import drawing, findings
from adapters.drone.upload.findings import Origin
from adapters.drone.upload.pictures import described, position
from monitor.clock import from_ms
from monitor.errors import UnfitMedia
from monitor.event import Datum, Event
from monitor.geodesy import Array, wgs84_of
from monitor.survey import Content, SurveyFile

_TIFF = "image/tiff"
_AHEAD = timedelta(hours=1)
"""Clocks may differ."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file and its findings."""

    file: SurveyFile
    events: tuple[Event, ...] = ()
    untimed: frozenset[str] = frozenset()
    """The keys of those that the file gives no time."""


def read(origin: Origin) -> Read:
    """What a file says; what cannot be read is named as that. Raises UnfitMedia for what is dangerous."""
    handed = origin.picture
    plain = SurveyFile(file=handed.file, name=handed.name, content=Content.OTHER)
    try:
        kind = content(handed.file.path)
        plain = replace(plain, content=kind)
        return _dated(origin, _READERS[kind](origin, plain))
    except Unreadable as unreadable:
        if unreadable.problem in DANGEROUS:
            raise UnfitMedia(f"{handed.name}: {UNREADABLE[unreadable.problem]}") from None
        return Read(replace(plain, problems={unreadable.problem: 1}))


def _dated(origin: Origin, found: Read) -> Read:
    """Times after the receipt are none: the file counts as without, its findings as of the receipt."""
    latest, file = origin.received_at + _AHEAD, found.file
    wrong = {event.key for event in found.events if event.start > latest}
    said = [at for at in (file.start, file.end) if at is not None]
    if not wrong and not (said and max(said) > latest):
        return found
    if said and max(said) > latest:
        file = replace(file, start=None, end=None)
    events = (
        replace(event, start=origin.received_at, end=None) if event.key in wrong else event
        for event in found.events
    )
    return Read(
        replace(file, problems={**file.problems, "implausible-time": max(1, len(wrong))}),
        tuple(events),
        found.untimed | wrong,
    )


def _photo(origin: Origin, plain: SurveyFile) -> Read:
    found = photo.read(origin.picture.file.path, origin.zone)
    datum = origin.config.datum
    if found.camera is not None:
        found = replace(found, camera=replace(found.camera, datum=datum))
    seen = sight(found, origin.config.relief)
    place = None if seen is None else replace(seen.place, datum=datum)
    return Read(
        replace(
            plain,
            start=found.taken_at,
            place=place,
            trace=None if place is None else shapely.Point(position(place)).wkt,
            details=described(found, seen),
            problems=dict.fromkeys(found.problems, 1),
        )
    )


def _raster(origin: Origin, plain: SurveyFile) -> Read:
    path = origin.picture.file.path
    plain = replace(plain, file=replace(plain.file, type=_TIFF))
    try:
        found = raster.read(path)
    except Unreadable as unreadable:
        return Read(replace(plain, problems={unreadable.problem: 1}))
    if found is None:  # a TIFF that is only a picture
        return _photo(origin, replace(plain, content=Content.PHOTO))
    return Read(
        replace(
            plain,
            trace=drawing.trace(found.footprint),
            drawing=drawing.outline(found.footprint),
            details={
                "width": found.width,
                "height": found.height,
                "crs": f"EPSG:{found.epsg}",
                "crs_name": found.system,
                "datum": found.datum.value,
            },
        )
    )


def _track(origin: Origin, plain: SurveyFile) -> Read:
    found = _by_any_profile(origin)
    line = np.column_stack((found.longitudes, found.latitudes))
    shape = shapely.LineString(line) if len(line) > 1 else shapely.Point(line[0])
    hot = list(_spots(origin, found))
    problems = dict(found.problems)
    if len(hot) > findings.MOST:
        problems["shortened"] = len(hot) - findings.MOST
    events = [findings.of_spot(origin, *each) for each in hot[: findings.MOST]]
    file = replace(
        plain,
        start=from_ms(int(found.times_ms[0])),
        end=from_ms(int(found.times_ms[-1])),
        trace=drawing.trace(shape),
        drawing=drawing.track(found),
        details={
            "points": len(line),
            "datum": found.datum.value,
            "height_above": found.height_above,
            "series": [
                {"pollutant": s.pollutant, "unit": s.unit.name, "peak": _peak(s.values)}
                for s in found.series
            ],
            "hot_spots": len(hot),
        },
        problems=problems,
    )
    return Read(file, tuple({event.key: event for event in events}.values()))


def _by_any_profile(origin: Origin) -> Track:
    """The track by the first profile whose columns it has; raises Unreadable."""
    for profile in origin.config.tracks:
        try:
            return track.read(origin.picture.file.path, profile, origin.zone)
        except Unreadable as unreadable:
            if unreadable.problem != "no-header":
                raise
    raise Unreadable("no-header")


def _spots(origin: Origin, found: Track) -> list[tuple[Spot, Threshold]]:
    config = origin.config
    gaps = {"gap_metres": config.gap_metres, "gap_seconds": config.gap_seconds}
    return [
        (spot, thresholds[spot.pollutant])
        for thresholds in config.by_kind()
        for spot in spots(found, thresholds, **gaps)
    ]


def _peak(values: Array) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.max()) if known.size else None


def _shapes(origin: Origin, plain: SurveyFile) -> Read:
    found = shapes.read(origin.picture.file.path)
    labels = [findings.label_of(feature, origin.config) for feature in found.features]
    marked = ((f, label) for f, label in zip(found.features, labels, strict=True) if label)
    events = list(islice(findings.of_features(origin, marked), findings.MOST))
    problems = dict(found.problems)
    beyond = sum(label is not None for label in labels) - len(events)
    if beyond:
        problems["shortened"] = problems.get("shortened", 0) + beyond
    drawn = [_in_wgs84(feature, origin.config.datum) for feature in found.features]
    file = replace(
        plain,
        trace=drawing.trace(shapely.GeometryCollection(drawn)),
        drawing=drawing.marks(zip(drawn, labels, strict=True)),
        details={
            "features": len(found.features),
            "findings": len(events),
            "datum": origin.config.datum.value,
        },
        problems=problems,
    )
    untimed = frozenset(event.key for event, timed in events if not timed)
    return Read(file, tuple(event for event, _ in events), untimed)


def _in_wgs84(feature: Feature, datum: Datum) -> BaseGeometry:
    moved = feature.geometry
    if datum is Datum.GCJ02:
        moved = shapely.transform(
            moved, lambda at: np.column_stack(wgs84_of(at[:, 0], at[:, 1], datum))
        )
    return moved if moved.is_valid else shapely.make_valid(moved)


_READERS = {
    Content.PHOTO: _photo,
    Content.RASTER: _raster,
    Content.TRACK: _track,
    Content.SHAPES: _shapes,
}
