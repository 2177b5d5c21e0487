"""Recording complaints: each makes its alert and its task, in the transaction that records it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor import complaint, reporter
from monitor.actions.complaints import shaped
from monitor.actions.desk import Desk, Work
from monitor.alert import Outcome
from monitor.alerting import Alerting
from monitor.clock import to_ms
from monitor.complaint import Said
from monitor.errors import Conflict, NotFound
from monitor.event import Place
from monitor.exchange import fingerprint
from monitor.geodesy import distance
from monitor.placing import Location, Placed, placing_of
from monitor.store import Row, complaint_deadlines, complaints, corroborations, tasks
from monitor.task import OPEN, InputError
from monitor.tokens import Caller, Right

MOST = 5000
"""Complaints that are recorded together."""

NO_MASTER = (
    "neither keys.master nor complaints.key_file is set, and without a secret no reporter can be kept; "
    'write a long random text into a file and set master = { file = "…" } under [keys]'
)
OTHER_MASTER = (
    "reporters are sealed with another secret than this process has: set the same keys.master or "
    "complaints.key_file everywhere"
)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=5)
_PLACES = "complaints about places"
_DEGREE = 110_500.0
"""Metres of a degree, at the least."""


def record(desk: Desk, caller: Caller, said: Said) -> tuple[dict[str, Any], bool]:
    """Record a complaint; its shape, and whether it is new.

    Raises InputError, NotFound for an enterprise out of reach, Conflict where a reporter cannot be kept.
    No error repeats what was said.
    """
    with desk.transaction(caller, Right.COMPLAIN, books=True) as work:
        ((number, new),) = _record(work, [said])
        row = complaints.get(work.connection, (), number)
        assert row is not None, "entered a moment ago"
        shape = shaped(desk, work.connection, row)
        work.leaves(f"complaints/{number}", fingerprint(shape))
    return shape, new


def record_all(
    desk: Desk, caller: Caller, said: Sequence[Said], *, dry_run: bool = False
) -> list[tuple[int, bool]]:
    """Record several, all or none; their numbers, and whether they are new. `dry_run`: only look."""
    if len(said) > MOST:
        raise InputError(f"{len(said)} complaints; record {MOST} at most together")
    done: list[tuple[int, bool]] = []
    with desk.transaction(caller, Right.COMPLAIN, books=True) as work:
        done = _record(work, said)
        if dry_run:
            work.undo()
    return done


def _record(work: Work, said: Sequence[Said]) -> list[tuple[int, bool]]:
    """Locks are taken in this order: complaints, places, enterprises, tasks, the outbox, the trail."""
    done, new = [], []
    for number, each in enumerate(said, 1):
        try:
            row, entered = _enter(work, each)
        except (InputError, NotFound, Conflict) as error:
            which = f"complaint {number} of {len(said)}: " if len(said) > 1 else ""
            raise type(error)(f"{which}{error}") from None
        done.append((int(row.id), entered))
        if entered:
            new.append(row)
    if any(row.uscc is None for row in new):
        corroborations.lock(work.connection, _PLACES)
    alerting = Alerting(work.connection, work.desk.bench(work.books), work.at)
    alerting.hold(row.uscc for row in new)
    for row in new:
        _alert(work, alerting, row)
    alerting.tell()
    for row in new:
        work.audit("complaint.record", f"complaint/{row.id}", data={"channel": row.channel})
    return done


# --- where it is, and what it says ---------------------------------------------------------------


def _locate(work: Work, said: Said) -> dict[str, Any]:
    """Whose a complaint's matter is: the columns that say so."""
    place = said.place and Place(longitude=said.place[0], latitude=said.place[1])
    if said.uscc is not None:
        owner = work.books.enterprise(said.uscc)
        if owner is None or not work.caller.sees(owner.district):
            raise NotFound("uscc: there is no such enterprise")
        location = Location(Placed.INSIDE, place or None, owner)
    elif place:
        location = placing_of(work.books).at(place)
    else:
        raise InputError("uscc or place must be given")
    owner, nearest = location.owner, location.enterprise
    district = owner.district if owner else _district(work, said, location)
    if not work.caller.sees(district):
        raise InputError("district must name one of the token's districts")
    return {
        "uscc": owner.uscc if owner else None,
        "enterprise": owner.name if owner else None,
        "enterprise_district": owner.district if owner else None,
        "district": district,
        "longitude": place.longitude if place else None,
        "latitude": place.latitude if place else None,
        "nearest": nearest.name if nearest and not owner else None,
        "distance": None if owner else location.distance,
    }


def _district(work: Work, said: Said, location: Location) -> str | None:
    """Who goes to a place that is nobody's: the district that is named, or the nearest enterprise's, or
    the caller's only one."""
    if said.district is not None:
        return said.district
    if location.enterprise is not None:
        return location.enterprise.district
    reach = work.caller.districts
    return reach[0] if len(reach) == 1 else None


def _enter(work: Work, said: Said) -> tuple[Row[Any], bool]:
    policy, desk = work.desk.complaining, work.desk
    _check(work, said, policy)
    who = {key: value for key, value in said.reporter.items() if value not in (None, "")}
    master = policy.master() if who else None
    if who and master is None:
        raise Conflict(NO_MASTER)
    if master is not None:
        _require_same_secret(work, master)
    values = _locate(work, said) | {
        "state": complaint.State.RECEIVED.value,
        "channel": said.channel,
        "reference": said.reference,
        "received_at": said.received_at,
        "text": reporter.redacted(said.text, who),
        "named": bool(str(who.get("name", "")).strip()),
        "recorded_at": work.at,
        "recorded_by": work.caller.name,
    }
    owed = complaint.deadlines(
        policy, said.received_at, desk.zone, desk.time_limits().calendar, said.close_by
    )
    row, new = complaints.enter(work.connection, values)
    if new:
        if master is not None:
            sealed = reporter.seal(row.id, who, said.text, master)
            complaints.keep_reporter(work.connection, row.id, sealed)
        complaint_deadlines.owe(work.connection, row.id, owed)
        complaints.note(work.connection, row.id, "record", work.caller.name, work.at)
    elif not _may_see(work, row):
        raise Conflict("a complaint of this channel and reference is recorded already, elsewhere")
    return row, new


def _may_see(work: Work, row: Row[Any]) -> bool:
    """Whether one that was recorded before may be answered: who only feeds sees its own."""
    own = row.recorded_by == work.caller.name
    in_reach = complaints.get(work.connection, work.caller.districts, row.id) is not None
    return in_reach and (own or work.caller.may(Right.READ))


def _require_same_secret(work: Work, master: str) -> None:
    """Raise Conflict where reporters are sealed with another secret than this process has."""
    known = complaints.some_reporter(work.connection)
    if known is not None:
        try:
            reporter.unseal(known.complaint, known.sealed, master)
        except ValueError:
            raise Conflict(OTHER_MASTER) from None


def _check(work: Work, said: Said, policy: complaint.Policy) -> None:
    if said.channel not in policy.channels:
        names = ", ".join(policy.channels)
        raise InputError(f"channel: not one of [complaints.channels]: {names}")
    if not _EARLIEST <= said.received_at <= work.at + _CLOCKS_DIFFER:
        raise InputError(f"received_at lies before {_EARLIEST.year}, or in the future")
    if said.reference and reporter.redacted(said.reference, said.reporter) != said.reference:
        raise InputError("reference must not hold anything of the reporter")


# --- what follows --------------------------------------------------------------------------------


def _alert(work: Work, alerting: Alerting, row: Row[Any]) -> None:
    """A complaint's alert, and the visit that it asks for, however long ago it was received."""
    desk, ms = work.desk, to_ms(row.received_at)
    outcome = alerting.bench.policy.rules[complaint.RULE]
    near = (row.nearest, row.distance) if row.nearest else None
    received = f"{row.received_at.astimezone(desk.zone):%Y-%m-%d %H:%M}"
    number = alerting.enter(
        {
            "rule": complaint.RULE,
            "outcome": outcome.value,
            "uscc": row.uscc,
            "enterprise": row.enterprise,
            "district": row.district,
            "start_ms": ms,
            "end_ms": ms,
            "clause": complaint.clause(desk.language),
            "reason": complaint.reason(row.id, row.channel, received, near, desk.language),
            "silent": False,
            "verified": True,
        }
    )
    complaints.change(work.connection, row.id, {"alert": number})
    if row.uscc is None and outcome is Outcome.VERIFY:
        place = {"longitude": row.longitude, "latitude": row.latitude}
        alerting.go_to(number, place, _open_task_near(work, row.longitude, row.latitude))


def _open_task_near(work: Work, longitude: float, latitude: float) -> int | None:
    """The open task of complaints about a place near by, locked; the nearest."""
    metres = work.desk.complaining.join_metres
    high = metres / _DEGREE
    wide = high / max(math.cos(math.radians(latitude)), 0.01)
    box = (longitude - wide, latitude - high, longitude + wide, latitude + high)
    found = complaints.matters_around(work.connection, box)
    here = (longitude, latitude)
    ranked = sorted((distance(here, (each.longitude, each.latitude)), each.task) for each in found)
    if not ranked or ranked[0][0] > metres:
        return None
    task = tasks.find(work.connection, ranked[0][1], lock=True)
    return task.id if task is not None and task.state in OPEN else None
