"""From what eyes saw to alerts, inside the caller's transaction.

An alert is an episode (see `monitor.event`): events of one source and label at one enterprise with no
more silence between them than they say may be, in whatever order they come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor import clue
from monitor.alerting import Alerting, power_of_two
from monitor.clock import from_ms, to_ms
from monitor.event import Event
from monitor.placing import Location, placing_of
from monitor.store import Row, alerts, media
from monitor.store import sightings as rows
from monitor.store.sightings import Trail

_LONGEST = 200
"""Characters of what is indexed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as it came: from which adapter, in which frame."""

    adapter: str
    event: Event
    frame: int

    @property
    def trail(self) -> Trail:
        """The episode's."""
        event = self.event
        source = f"{self.adapter}/{event.source}"[:_LONGEST]
        return Trail(clue.RULES[event.kind], source, event.label[:_LONGEST])


@dataclass
class Sightings:
    """Enters events and keeps their alerts in line with them."""

    alerting: Alerting
    leaned_on: set[int] = field(default_factory=set)
    """Frames that alerts of this transaction lean on."""

    def __post_init__(self) -> None:
        self._connection = self.alerting.connection
        self._bench = self.alerting.bench

    def take(self, seen: Iterable[Seen]) -> None:
        """Enter events; a known one is brought up to date."""
        taken = list(seen)
        rows.lock(self._connection, {each.trail for each in taken})
        for each in taken:
            self._take(each)

    def _take(self, seen: Seen) -> None:
        location = placing_of(self._bench.register).locate(seen.adapter, seen.event)
        values = self._values(seen, location)
        row, new = rows.enter(self._connection, values)
        self._keep_files(row.id, seen.event)
        if seen.event.source and row.alert is None and _speaks(seen.event, location):
            changed = {"alert": self._alert(seen, location)}
            if not new:  # what belongs to it has come before it
                changed |= values | {"details": row.details | values["details"]}
            rows.change(self._connection, row.id, changed)
            self.leaned_on.add(seen.frame)
        elif not new and _adds(row, seen.event):
            self._add(row, seen)

    def _values(self, seen: Seen, location: Location) -> dict[str, Any]:
        event, place, near = seen.event, location.place, location.enterprise
        return {
            "adapter": seen.adapter,
            "key": _key(event.key),
            "kind": event.kind.value,
            "source": event.source[:_LONGEST],
            "label": event.label[:_LONGEST],
            "start_ms": to_ms(event.start),
            "end_ms": None if event.end is None else _end(event),
            "confidence": event.confidence,
            "longitude": place.longitude if place else None,
            "latitude": place.latitude if place else None,
            "datum": place.datum.value if place else None,
            "accuracy": place.accuracy if place else None,
            "of_camera": place.of_camera if place else False,
            "placed": location.placed.value,
            "uscc": location.owner.uscc if location.owner else None,
            "enterprise": near.name if near else None,
            "district": near.district if near else None,
            "distance": location.distance,
            "supplementary": event.supplementary,
            "details": dict(event.details) | _usual(event, location),
            "frame": seen.frame,
            "received_at": self.alerting.now,
        }

    def _keep_files(self, number: int, event: Event) -> None:
        for picture in event.pictures:
            media.add(self._connection, picture.file, self.alerting.now)
        files = [(picture.file.sha256, picture.name) for picture in event.pictures]
        rows.add_files(self._connection, number, files)

    def _add(self, row: Row[Any], seen: Seen) -> None:
        """Another message of the same event: when it began and was over, what else is said of it."""
        event, values = seen.event, {"details": row.details | dict(seen.event.details)}
        if event.source:
            values |= _extent(row, event)
        rows.change(self._connection, row.id, values)
        if not event.source or row.alert is None:
            return
        alert = alerts.get(self._connection, row.alert)
        span = {
            "start_ms": min(alert.start_ms, values["start_ms"]),
            "end_ms": max(alert.end_ms, _end(event)),
            "until_ms": max(alert.until_ms, _end(event) + _silence(event)),
        }
        self._prolong(alert, span)

    # --- episodes -------------------------------------------------------------------------------

    def _alert(self, seen: Seen, location: Location) -> int:
        """The alert that an event belongs to, opened where there is none."""
        start, end, silence = to_ms(seen.event.start), _end(seen.event), _silence(seen.event)
        owner = location.owner.uscc if location.owner else None
        found = rows.touching(self._connection, seen.trail, owner, start, end + silence)
        if not found:
            return self._open(seen, location)
        first, *others = found
        values = {
            "start_ms": min(start, first.start_ms),
            "end_ms": max([end, *(alert.end_ms for alert in found)]),
            "until_ms": max([end + silence, *(alert.until_ms for alert in found)]),
            "periods": 1 + sum(alert.periods for alert in found),
            "silent": seen.event.supplementary and all(alert.silent for alert in found),
        }
        for other in others:
            self._merge(other, first.id)
        self._prolong(first, values)
        for other in others:
            self.alerting.took_up(first.id, other)
        return int(first.id)

    def _open(self, seen: Seen, location: Location) -> int:
        event, owner, near = seen.event, location.owner, location.enterprise
        language = self._bench.language
        end = _end(event)
        age = self.alerting.now - from_ms(min(end, to_ms(self.alerting.now)))
        return self.alerting.enter(
            {
                "rule": seen.trail.rule,
                "outcome": self._bench.policy.of_rule(seen.trail.rule, age).value,
                "uscc": owner.uscc if owner else None,
                "enterprise": owner.name if owner else None,
                "district": near.district if near else None,
                "start_ms": to_ms(event.start),
                "end_ms": end,
                "clause": clue.clause(language),
                "reason": clue.reason(event, location, language),
                "silent": event.supplementary,
                "verified": True,
                "source": seen.trail.source,
                "label": seen.trail.label,
                "until_ms": end + _silence(event),
            }
        )

    def _prolong(self, alert: Row[Any], values: Mapping[str, Any]) -> None:
        """Bring an alert's span up to date and tell of it; let it speak when it is silent no more."""
        changed = dict(values) | {"updated_at": self.alerting.now}
        if alert.state == "cleared" and values["until_ms"] > to_ms(self.alerting.now):
            changed |= {"state": "open", "cleared_ms": None}
        alerts.change(self._connection, alert.id, changed)
        self.alerting.changed(alert)
        spoken = alert.silent and not values.get("silent", alert.silent)
        if spoken:
            self.alerting.speak(alert.id)
        if spoken or power_of_two(values.get("periods", 1)):
            self.alerting.note(alert, "alert.updated")

    def _merge(self, other: Row[Any], into: int) -> None:
        """An event has joined two episodes: the later one's events are the earlier one's now."""
        rows.move(self._connection, other.id, into)
        self.alerting.clear(other, other.end_ms, into)


def clear_over(alerting: Alerting, limit: int) -> int:
    """Clear alerts whose episodes are over; returns how many."""
    before = to_ms(alerting.now)
    alerting.hold(rows.whose_are_over(alerting.connection, before, limit))
    found = rows.over(alerting.connection, before, limit)
    for alert in found:
        alerting.clear(alert, alert.end_ms)
    return len(found)


def _key(key: str) -> str:
    """A natural key as it is stored: long ones digested, so that no two become one."""
    return key if len(key) <= _LONGEST else hashlib.sha256(key.encode()).hexdigest()


def _speaks(event: Event, location: Location) -> bool:
    """Whether an event is an alert, where it is."""
    if event.only_kept or _usual(event, location):
        return False
    return location.owner is not None or not event.owned_only


def _usual(event: Event, location: Location) -> dict[str, str]:
    """At which enterprise it is that an event is no news, as a detail of it; empty where it is some."""
    owner = location.owner
    here = location.reached if owner is None else {owner.uscc}
    usual = sorted(event.usual_at & here)
    return {"usual_at": usual[0]} if usual else {}


def _end(event: Event) -> int:
    return max(to_ms(event.end or event.start), to_ms(event.start))


def _silence(event: Event) -> int:
    return int(event.silence.total_seconds() * 1000)


def _extent(row: Row[Any], event: Event) -> dict[str, Any]:
    """When an event began and was over, by all of its messages: a stop may come before its start."""
    ends = [row.end_ms, None if event.end is None else _end(event)]
    return {
        "start_ms": min(row.start_ms, to_ms(event.start)),
        "end_ms": max((end for end in ends if end is not None), default=None),
    }


def _adds(row: Row[Any], event: Event) -> bool:
    """Whether a message says more of its event than is known."""
    known = {"start_ms": row.start_ms, "end_ms": row.end_ms}
    longer = bool(event.source) and _extent(row, event) != known
    return longer or any(row.details.get(k) != v for k, v in event.details.items())
