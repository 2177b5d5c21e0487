"""The sweep that asks devices for what is missing of their data, at a bounded rate (补传)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from monitor.backfill import Asked, Policy, Request, next_request
from monitor.clock import from_ms, now, to_ms
from monitor.command import Origin, State
from monitor.observation import Period
from monitor.register import Register
from monitor.store import Connection, Row, Store, commands, coverage, devices

EVERY = timedelta(seconds=30)
"""How often it runs."""

_LOOKED_AT = 100  # devices a run: reading what one has costs some ms
_THERE = timedelta(hours=2)
"""A device that was heard within this is taken to be connected, or soon to be again."""

Asking = Callable[[Period, datetime, datetime], tuple[str, Mapping[str, str]]]
"""The protocol's code and parameters that ask for the records from a first to a last start."""


@dataclass
class Backfill:
    """Goes round the devices, a part of them a run."""

    store: Store
    register: Callable[[], Register]
    zone: tzinfo
    policy: Policy
    per_minute: int
    asking: Mapping[str, Asking]
    """How devices are asked, by the adapter that hears them; others are not asked."""
    now: Callable[[], datetime] = now
    _last: int = 0

    def run(self) -> int:
        """Look at the next devices, ask for what is missing; returns how many requests were made."""
        at, register = self.now(), self.register()
        allowed = max(1, self.per_minute * EVERY // timedelta(minutes=1))
        wanted: list[tuple[str, str, Request]] = []
        with self.store.read() as connection:
            found = devices.lately(connection, self.asking, at - _THERE, self._last, _LOOKED_AT)
            known = [row for row in found if register.outlet(row.mn) is not None]
            asked = self._asked(connection, [row.mn for row in known], at)
            for row in known:
                if len(wanted) == allowed:
                    break
                self._last = row.id
                missing = coverage.device_gaps(connection, row.mn, at, self.policy.days, self.zone)
                request = next_request(missing, asked.get(row.mn, []), at, self.policy)
                if request is not None:
                    wanted.append((row.mn, row.adapter, request))
            else:
                self._last = found[-1].id if len(found) == _LOOKED_AT else 0
        for mn, adapter, request in wanted:
            self._ask(mn, self.asking[adapter], request, at)
        return len(wanted)

    def _asked(
        self, connection: Connection, mns: Collection[str], at: datetime
    ) -> dict[str, list[Asked]]:
        since = at - timedelta(days=self.policy.days + 1)
        asked: dict[str, list[Asked]] = {}
        for row in commands.asked(connection, mns, Origin.BACK_FILL, since):
            asked.setdefault(row.mn, []).append(_as_asked(row))
        return asked

    def _ask(self, mn: str, asking: Asking, request: Request, at: datetime) -> None:
        code, parameters = asking(request.period, request.first, request.last)
        with self.store.write() as connection:
            if commands.has(connection, mn, Origin.BACK_FILL, ever=False):
                return  # another process was faster
            commands.ask(
                connection,
                at,
                Origin.BACK_FILL,
                mn,
                code,
                parameters,
                period=request.period.value,
                since_ms=to_ms(request.first),
                until_ms=to_ms(request.last),
            )


def _as_asked(row: Row[Any]) -> Asked:
    return Asked(
        period=Period(row.period),
        start=from_ms(row.since_ms),
        last=from_ms(row.until_ms),
        at=row.requested_at,
        state=State(row.state),
        answered=row.state == State.DONE,
    )
