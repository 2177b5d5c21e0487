"""One enterprise, one file (一企一档): everything about it in one answer."""

from __future__ import annotations

from typing import Any

from monitor.actions import emergency_orders, listings, marks, proposals, records, reminders
from monitor.actions.desk import Desk
from monitor.errors import NotFound
from monitor.record import Case, Relief, TypicalCase
from monitor.store import Connection, alerts, complaints, draws, surveys, tasks, views
from monitor.store import emergency_orders as order_rows
from monitor.store import listings as listing_rows
from monitor.store import marks as mark_rows
from monitor.store import proposals as proposal_rows
from monitor.store import records as record_rows
from monitor.store import reminders as reminder_rows
from monitor.tokens import Caller, Right

SHOWN = 100
"""Of what grows without end so many are shown, the newest."""
_READ = 1000


def of(desk: Desk, caller: Caller, uscc: str) -> dict[str, Any]:
    """The file of an enterprise; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        found = views.enterprise_file(connection, caller.districts, uscc)
        if found is None:
            raise NotFound("there is no such enterprise")
        return (
            found
            | _listed(desk, connection, caller, uscc)
            | _judged(desk, connection, caller, uscc)
            | _recorded(desk, connection, caller, uscc)
            | _told(desk, connection, caller, uscc)
        )


def _listed(desk: Desk, connection: Connection, caller: Caller, uscc: str) -> dict[str, Any]:
    """Its spans on the positive list, proposals about it, what random draws were answered."""
    policy, reach = desk.listing_policy(), caller.districts
    versions = listing_rows.versions(connection, reach, uscc)
    spans = [listings.shape(row, desk.zone, policy) for row in versions]
    in_force = [each for each in spans if each["superseded"] is None]
    proposed = proposal_rows.listed(connection, reach, SHOWN, uscc=uscc)
    return {
        "listings": sorted(in_force, key=lambda each: (each["listed_from"], each["id"])),
        "listing_history": spans,
        "proposals": [proposals.shape(row, desk.zone) for row in proposed],
        "draws": [
            {"draw": row.draw, "date": row.on_day.isoformat(), "treatment": row.treatment}
            | {"category": row.category, "ground": row.ground}
            for row in draws.of(connection, uscc, SHOWN)
        ],
    }


def _judged(desk: Desk, connection: Connection, caller: Caller, uscc: str) -> dict[str, Any]:
    """Alerts, tasks, complaints, flights."""
    zone, reach = desk.zone, caller.districts
    latest = views.alert_rows(connection, reach, SHOWN, uscc=uscc)
    visits = views.tasks_of(connection, reach, uscc, SHOWN)
    wanted = complaints.Wanted(uscc=uscc)
    complained = complaints.listed(connection, reach, SHOWN, None, wanted)
    flown = surveys.listed(connection, reach, SHOWN, uscc=uscc)
    return {
        "alerts": alerts.shape_rows(connection, latest, zone, desk.now()),
        "tasks": tasks.shape_rows(connection, visits, zone),
        "complaints": complaints.shapes(connection, complained, zone),
        "surveys": [
            surveys.shape(row, surveys.enterprises(connection, reach, row.id), zone)
            for row in flown
        ],
    }


def _recorded(desk: Desk, connection: Connection, caller: Caller, uscc: str) -> dict[str, Any]:
    """Cases, reliefs, typical cases."""
    wanted = record_rows.Wanted(uscc=uscc)
    kinds = {"cases": Case, "reliefs": Relief, "typical_cases": TypicalCase}
    return {
        name: [
            records.shape(kind, row, desk.zone)
            for row in record_rows.listed(connection, kind, caller.districts, wanted, _READ)[
                -SHOWN:
            ]
        ]
        for name, kind in kinds.items()
    }


def _told(desk: Desk, connection: Connection, caller: Caller, uscc: str) -> dict[str, Any]:
    """What it was ordered, what it marked, what it was reminded of and answered."""
    reach, at = caller.districts, desk.now()
    reminded = reminder_rows.listed(connection, reach, at, SHOWN, None, uscc=uscc)
    ordered = order_rows.listed(connection, reach, _READ, uscc=uscc, struck_out=True)[-SHOWN:]
    marked = mark_rows.of_enterprise(connection, uscc, SHOWN)
    return {
        "emergency_orders": [emergency_orders.shape(row, desk.zone) for row in ordered],
        "marks": [marks.shape(row, desk.zone) for row in marked],
        "reminders": reminders.shapes(desk, connection, reminded),
    }
