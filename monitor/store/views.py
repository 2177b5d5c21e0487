"""What is read: pages of the queue, alerts, enterprises as JSON, within a token's reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    and_,
    cast,
    func,
    or_,
    select,
    tuple_,
)

from monitor.store.scope import within
from monitor.store.tables import (
    alerts,
    devices,
    enterprises,
    findings,
    follow_ups,
    limits,
    meters,
    outlets,
    problems,
    tasks,
)
from monitor.task import OPEN

Place = tuple[Any, ...]
"""Where a page of a list ended: the sort key of its last row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A filter over tasks; None = any."""

    states: tuple[str, ...] | None = None
    district: str | None = None
    priority: int | None = None
    officer: str | None = None
    due_before: datetime | None = None
    attention: str | None = None
    soon: datetime | None = None
    """Until when what is due counts as due soon; only that asks for it."""


_URGENCY = (tasks.c.priority, tasks.c.due_at, tasks.c.id)


def queue(
    connection: Connection,
    reach: Sequence[str],
    wanted: Queue,
    limit: int,
    after: tuple[int, datetime, int] | None = None,
) -> list[Row[Any]]:
    """Tasks, most urgent first, by priority, then due time: id, version and what they are sorted by."""
    return list(connection.execute(_queue(tuple(reach), wanted, limit, after)).all())


@lru_cache(
    maxsize=1_000
)  # officers poll the same again and again; to state it takes as long as to ask it
def _queue(
    reach: tuple[str, ...], wanted: Queue, limit: int, after: tuple[int, datetime, int] | None
) -> Select[Any]:
    query = select(tasks.c.version, *_URGENCY).where(within(tasks.c.district, reach))
    if wanted.states is not None:
        query = query.where(tasks.c.state.in_(wanted.states))
    exact = {
        tasks.c.district: wanted.district,
        tasks.c.priority: wanted.priority,
        tasks.c.claimed_by: wanted.officer,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if wanted.due_before is not None:
        query = query.where(tasks.c.due_at < wanted.due_before)
    if wanted.attention is not None:
        query = query.where(tasks.c.state.in_(OPEN), *_attention(wanted))
    if after is not None:
        query = query.where(_behind(after))
    return query.order_by(*_URGENCY).limit(limit)


def agenda(
    connection: Connection, reach: Sequence[str], name: str | None, limit: int
) -> list[Row[Any]]:
    """Tasks with something due: open ones, and those with something owed; `name`: an officer's own."""
    owed = select(follow_ups.c.task).where(
        follow_ups.c.done_on.is_(None), follow_ups.c.dropped_at.is_(None)
    )
    query = select(tasks).where(
        within(tasks.c.district, reach), or_(tasks.c.state.in_(OPEN), tasks.c.id.in_(owed))
    )
    if name is not None:
        query = query.where(or_(tasks.c.claimed_by == name, tasks.c.assigned_to == name))
    return list(connection.execute(query.order_by(tasks.c.due_at, tasks.c.id).limit(limit)).all())


def places(connection: Connection, usccs: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of enterprises that the books place, by credit code."""
    at = enterprises.c
    query = select(at.uscc, at.longitude, at.latitude).where(
        _IN_FORCE[enterprises], at.uscc.in_(list(usccs)), at.longitude.is_not(None)
    )
    return {row.uscc: (row.longitude, row.latitude) for row in connection.execute(query)}


def _attention(wanted: Queue) -> tuple[Any, ...]:
    """What a supervisor has to look at."""
    overdue = tasks.c.overdue_at.is_not(None)
    match wanted.attention:
        case "due_soon":
            return ~overdue, tasks.c.due_at <= wanted.soon
        case "overdue":
            return (overdue,)
        case "stuck":
            return (or_(tasks.c.returned_at.is_not(None), tasks.c.level > 0),)
        case _:
            return (tasks.c.deadline["provisional"].as_boolean(),)


def _behind(after: tuple[int, datetime, int]) -> Any:
    priority, due_at, task = after
    first, second, third = _URGENCY
    return or_(
        first > priority,
        and_(first == priority, second > due_at),
        and_(first == priority, second == due_at, third > task),
    )


def alert_rows(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    before: int | None = None,
    *,
    silent: bool = False,
    muted: bool | None = None,
    **exact: str | None,
) -> list[Row[Any]]:
    """Alerts, newest first; `exact` are columns and the values they must have (None = any)."""
    query = select(alerts).where(within(alerts.c.district, reach), alerts.c.silent == silent)
    query = query.where(*(alerts.c[name] == v for name, v in exact.items() if v is not None))
    if muted is not None:
        by_any = or_(alerts.c.muting_alert.is_not(None), alerts.c.muting_silence.is_not(None))
        query = query.where(by_any if muted else ~by_any)
    if before is not None:
        query = query.where(alerts.c.id < before)
    return list(connection.execute(query.order_by(alerts.c.id.desc()).limit(limit)).all())


def alert_row(
    connection: Connection, reach: Sequence[str], alert_id: int, *, lock: bool = False
) -> Row[Any] | None:
    """An alert within reach; `lock` holds it until the transaction ends (PostgreSQL).

    Within reach, too, is what a task within reach rests on, wherever the enterprise is.
    """
    handed = select(tasks.c.id).where(within(tasks.c.district, reach))
    seen = or_(within(alerts.c.district, reach), alerts.c.task.in_(handed))
    query = select(alerts).where(alerts.c.id == alert_id, seen)
    return connection.execute(
        query.with_for_update(key_share=True) if lock else query
    ).one_or_none()


def findings_of(connection: Connection, alert_id: int, limit: int) -> list[Row[Any]]:
    """The latest periods that an alert is made of, in order of time."""
    query = select(findings).where(findings.c.alert == alert_id)
    latest = connection.execute(query.order_by(findings.c.start_ms.desc()).limit(limit)).all()
    return list(reversed(latest))


def tasks_of(connection: Connection, reach: Sequence[str], uscc: str, limit: int) -> list[Row[Any]]:
    """An enterprise's tasks, newest first."""
    query = select(tasks).where(tasks.c.uscc == uscc, within(tasks.c.district, reach))
    return list(connection.execute(query.order_by(tasks.c.id.desc()).limit(limit)).all())


_IN_FORCE = {
    table: table.c.superseded_at.is_(None) for table in (enterprises, outlets, limits, meters)
}


def _columns(table: Any, *hidden: str) -> list[Any]:
    unseen = {"id", "recorded_at", "superseded_at", *hidden}
    return [column for column in table.c if column.name not in unseen]


def _plain(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    return [
        {name: v.isoformat() if isinstance(v, date) else v for name, v in row._mapping.items()}
        for row in rows
    ]


def _enterprises(reach: Sequence[str]) -> Select[Any]:
    return select(*_columns(enterprises)).where(
        _IN_FORCE[enterprises], within(enterprises.c.district, reach)
    )


def enterprise_list(
    connection: Connection, reach: Sequence[str], limit: int, after: str, district: str | None
) -> list[dict[str, Any]]:
    """Enterprises in the order of their credit codes."""
    query = _enterprises(reach).where(enterprises.c.uscc > after)
    if district is not None:
        query = query.where(enterprises.c.district == district)
    return _plain(connection.execute(query.order_by(enterprises.c.uscc).limit(limit)))


def enterprise_file(
    connection: Connection, reach: Sequence[str], uscc: str
) -> dict[str, Any] | None:
    """One enterprise: its outlets, their limits."""
    found = _plain(connection.execute(_enterprises(reach).where(enterprises.c.uscc == uscc)))
    if not found:
        return None
    at = select(*_columns(outlets, "password")).where(_IN_FORCE[outlets], outlets.c.uscc == uscc)
    places = _plain(connection.execute(at.order_by(outlets.c.mn)))
    held = select(*_columns(limits)).where(
        _IN_FORCE[limits], limits.c.mn.in_([place["mn"] for place in places])
    )
    order = (limits.c.mn, limits.c.pollutant, limits.c.period, limits.c.valid_from)
    return found[0] | {
        "outlets": places,
        "limits": _plain(connection.execute(held.order_by(*order))),
    }


def outlet_in_reach(connection: Connection, reach: Sequence[str], mn: str) -> bool:
    """Whether a device is a registered outlet's of an enterprise within reach."""
    query = (
        select(outlets.c.mn)
        .join(enterprises, and_(enterprises.c.uscc == outlets.c.uscc, _IN_FORCE[enterprises]))
        .where(outlets.c.mn == mn, _IN_FORCE[outlets], within(enterprises.c.district, reach))
    )
    return connection.execute(query).first() is not None


def device_in_reach(connection: Connection, reach: Sequence[str], mn: str) -> bool:
    """The same, where it may be a power meter as well."""
    owner = and_(enterprises.c.uscc == meters.c.uscc, _IN_FORCE[enterprises])
    query = (
        select(meters.c.meter)
        .join(enterprises, owner)
        .where(meters.c.meter == mn, _IN_FORCE[meters], within(enterprises.c.district, reach))
    )
    found = outlet_in_reach(connection, reach, mn)
    return found or connection.execute(query).first() is not None


_KNOWN = func.coalesce(outlets.c.mn, meters.c.meter)
"""What a device is by the register."""


def _with_outlet(table: Any, key: Any) -> Any:
    """Rows of devices with the outlet, or the meter, and the enterprise they belong to, where they do."""
    owner = func.coalesce(outlets.c.uscc, meters.c.uscc)
    return (
        table.outerjoin(outlets, and_(outlets.c.mn == key, _IN_FORCE[outlets]))
        .outerjoin(meters, and_(meters.c.meter == key, _IN_FORCE[meters]))
        .outerjoin(enterprises, and_(enterprises.c.uscc == owner, _IN_FORCE[enterprises]))
    )


def _devices(reach: Sequence[str]) -> Select[Any]:
    return (
        select(devices, _KNOWN.label("outlet"))
        .select_from(_with_outlet(devices, devices.c.mn))
        .where(within(enterprises.c.district, reach))
    )


def device_rows(
    connection: Connection,
    reach: Sequence[str],
    registered: bool | None,
    limit: int,
    after: int,
    district: str | None = None,
) -> list[Row[Any]]:
    """Devices in the order they were first heard; `outlet` is null for the quarantine."""
    query = _devices(reach).where(devices.c.id > after)
    if registered is not None:
        query = query.where(_KNOWN.is_not(None) if registered else _KNOWN.is_(None))
    if district is not None:
        query = query.where(enterprises.c.district == district)
    return list(connection.execute(query.order_by(devices.c.id).limit(limit)).all())


def device_row(connection: Connection, reach: Sequence[str], mn: str) -> Row[Any] | None:
    """A device within reach, as `device_rows` has it."""
    return connection.execute(_devices(reach).where(devices.c.mn == mn)).one_or_none()


def problems_of(connection: Connection, mn: str, last: date, days: int) -> list[Row[Any]]:
    """The problems of a device's frames in the last so many days up to one, the commonest first."""
    count = func.sum(problems.c.count)
    query = (
        select(
            problems.c.problem,
            cast(count, BigInteger).label("count"),
            func.max(problems.c.last_at).label("last_at"),
        )
        .where(
            # day by day and adapter by adapter, since these lead the key
            problems.c.day.in_([last - timedelta(days=back) for back in range(days)]),
            problems.c.adapter.in_(select(devices.c.adapter).distinct()),
            problems.c.device == mn,
        )
        .group_by(problems.c.problem)
        .order_by(count.desc(), problems.c.problem)
    )
    return list(connection.execute(query).all())


def problem_rows(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    before: Place | None = None,
    **exact: Any,
) -> list[Row[Any]]:
    """Counted problems of frames, newest day first."""
    key = (problems.c.day, problems.c.adapter, problems.c.device, problems.c.problem)
    query = (
        select(problems)
        .select_from(_with_outlet(problems, problems.c.device))
        .where(within(enterprises.c.district, reach))
        .where(*(problems.c[name] == value for name, value in exact.items() if value is not None))
    )
    if before is not None:
        query = query.where(tuple_(*key) < before)
    query = query.order_by(*(column.desc() for column in key)).limit(limit)
    return list(connection.execute(query).all())


def open_alerts(connection: Connection) -> dict[str, int]:
    """How many alerts of each rule are open; silent ones are not counted."""
    query = select(alerts.c.rule, func.count()).where(alerts.c.state == "open", ~alerts.c.silent)
    return {rule: n for rule, n in connection.execute(query.group_by(alerts.c.rule))}  # noqa: C416
