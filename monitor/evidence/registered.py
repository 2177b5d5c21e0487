"""What the books said of an alert's outlet at an instant, and what of it held on the day of the act.

The password of a data logger is no evidence and stays out.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, tzinfo
from typing import Any

from monitor.clock import rfc3339
from monitor.evidence.case import Json
from monitor.observation import Period
from monitor.register import Limit, Register
from monitor.store import Connection, Row, books


def said_at(
    connection: Connection, row: Row[Any], instant: datetime, day: date, zone: tzinfo
) -> Json:
    """The enterprise, outlet, analysers, limits and listings of an alert, as the books had them."""
    register = books.as_of(connection, instant)
    outlet = register.outlet(row.mn) if row.mn else None
    uscc = outlet.uscc if outlet else row.uscc
    owner = register.enterprise(uscc) if uscc else None
    listing = register.listing(uscc, day) if uscc else None
    meters = register.lines(uscc) if uscc and register.meter(row.mn or "") else {}
    return {
        "said_at": rfc3339(instant, zone),
        "enterprise": _plain(owner),
        "outlet": _plain(outlet),
        "instruments": [_plain(i) for i in register.instruments if i.mn == row.mn],
        "limits": [limit_json(each) for each in register.limits if each.mn == row.mn],
        "listings": [_plain(each) for each in register.listings if each.uscc == uscc],
        # of a finding about power use, both sides of what was compared
        **({"meters": [_plain(m) for line in meters.values() for m in line]} if meters else {}),
        "on_day": {
            "day": day.isoformat(),
            "listing": _plain(listing),
            "limits": [limit_json(each) for each in _in_force(register, row, day)],
        },
    }


def limit_json(limit: Limit) -> Json:
    """A limit with its id, by which findings name it."""
    found = _plain(limit)
    assert found is not None, "a limit is not nothing"
    return found


def _in_force(register: Register, row: Row[Any], day: date) -> list[Limit]:
    if not row.mn or row.period not in {p.value for p in Period}:
        return []
    found = register.limits_of(row.mn, Period(row.period), day)
    held = [each for each in found if each.pollutant == row.pollutant]
    return sorted(held, key=lambda each: each.id)


def _plain(thing: Any) -> Json | None:
    if thing is None:
        return None
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(thing).items()
        if name != "password"
    }
