"""The forms that frames had, a small number for each: few exist, and rows of readings name them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, select

from monitor import quality
from monitor.quality import Quality
from monitor.store.database import among, insert
from monitor.store.tables import verdicts

OF_STRANGERS = 1_000
AT_ALL = 20_000
"""With so many entered, those of unregistered devices, and then all new ones, are entered coarsely."""


def numbers(connection: Connection, heard: Mapping[Quality, bool]) -> dict[Quality, int]:
    """The numbers of forms (→ whether a registered device sent it), new ones entered.

    What there is no room for is left out; its `coarse` form always finds a number.
    """
    digests = {_digest(form): form for form in heard}
    found = _found(connection, digests)
    missing = [form for form in heard if form not in found]
    if missing:
        entered = connection.execute(select(func.count()).select_from(verdicts)).scalar_one()
        rows: list[dict[str, str]] = []
        for form in missing:
            room = (AT_ALL if heard[form] else OF_STRANGERS) - entered - len(rows)
            if room > 0 or form == form.coarse:
                rows.append({"digest": _digest(form), "text": str(form)})
        if rows:
            rows.sort(key=lambda row: row["digest"])
            connection.execute(insert(connection, verdicts).on_conflict_do_nothing(), rows)
            found |= _found(connection, digests)
    return found


def qualities(connection: Connection, wanted: Iterable[int]) -> dict[int, Quality]:
    """The forms of numbers."""
    query = select(verdicts.c.id, verdicts.c.text)
    rows = connection.execute(query.where(among(connection, verdicts.c.id, set(wanted))))
    return {number: quality.parse(text) for number, text in rows}


def _found(connection: Connection, digests: Mapping[str, Quality]) -> dict[Quality, int]:
    query = select(verdicts.c.digest, verdicts.c.id)
    rows = connection.execute(query.where(among(connection, verdicts.c.digest, digests)))
    return {digests[digest]: number for digest, number in rows}


def _digest(form: Quality) -> str:
    return hashlib.md5(str(form).encode()).hexdigest()
