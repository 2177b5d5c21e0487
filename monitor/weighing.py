"""Alerts held against each other at the end of a transaction: which agree, which mute which."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from monitor.clock import to_ms
from monitor.corroboration import Clue, Scheme, family, pairs
from monitor.inhibition import muted
from monitor.silence import Matcher
from monitor.store import Connection, Row, alerts, corroborations, silences


def agreeing(
    connection: Connection, scheme: Scheme, changed: Collection[int], since_ms: int, at: datetime
) -> list[tuple[Row[Any], Row[Any]]]:
    """Alerts, each with one that bears it out, among them one that has changed; enters what is new.

    What ended before `since_ms` takes no part.
    """
    if not scheme.enabled or not changed:
        return []
    own = _taking_part(corroborations.of_those(connection, changed), since_ms, at)
    if not own:
        return []
    window = scheme.window_ms
    found = corroborations.around(
        connection,
        {clue.uscc for clue, _ in own.values()},
        min(clue.start_ms for clue, _ in own.values()) - window,
        max(clue.end_ms for clue, _ in own.values()) + window,
    )
    others = _taking_part(found, since_ms, at)
    agreed = list(
        pairs((clue for clue, _ in own.values()), (c for c, _ in others.values()), scheme)
    )
    both = [pair for one, other in agreed for pair in ((one.id, other.id), (other.id, one.id))]
    _enter(connection, both, at)
    rows = {number: row for number, (_, row) in (others | own).items()}
    return [(rows[alert], rows[by]) for alert, by in both]


def _taking_part(
    rows: list[Row[Any]], since_ms: int, at: datetime
) -> dict[int, tuple[Clue, Row[Any]]]:
    """Of some rows those that may lift and be lifted, by id."""
    found = {}
    for row in rows:
        clue = corroborations.clue(row)
        dismissed = row.screening is not None and row.screening["verdict"] == "dismiss"
        current = min(clue.end_ms, to_ms(at)) >= since_ms
        if family(row.rule) is not None and current and not dismissed:
            found[row.id] = clue, row
    return found


def _enter(connection: Connection, both: list[tuple[int, int]], at: datetime) -> None:
    """Enter the pairs that are not known, as many as may stand on an alert."""
    numbers = sorted({alert for alert, _ in both})
    known = corroborations.known(connection, numbers)
    counts = dict.fromkeys(numbers, 0)
    for alert, _ in known:
        counts[alert] += 1
    new = []
    for alert, by in sorted(set(both) - known):
        if counts[alert] < corroborations.MOST:
            counts[alert] += 1
            new.append((alert, by))
    corroborations.add(connection, new, at)


def muting(
    connection: Connection, changed: Collection[int], at: datetime
) -> Iterator[tuple[Row[Any], dict[str, Any]]]:
    """Alerts of the outlets of those that have changed of which another, or a silence, mutes them from
    now on, or none any more; with the columns that say so.
    """
    if not changed:
        return
    own = alerts.those(connection, changed)
    rows = silences.beside(connection, own)
    by = muted([silences.heard(row) for row in rows])
    held = [(row.id, Matcher.of(row)) for row in silences.active(connection, at)]
    for row in rows:
        if _over_unheard(row):
            continue
        above = by.get(row.id)
        quiet = (number for number, matcher in held if above is None and matcher.matches(row))
        values = {"muting_alert": above, "muting_silence": next(quiet, None)}
        if any(row._mapping[name] != value for name, value in values.items()):
            yield row, values


def _over_unheard(row: Row[Any]) -> bool:
    """Whether an alert has ended while it was muted, and nobody has heard of it: then nobody does."""
    return row.state != "open" and not row.told and not row.silent and alerts.quiet(row)
