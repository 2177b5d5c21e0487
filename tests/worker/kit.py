"""A store with deliverers, and a clock that can be put forward."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor import clock
from monitor.actions import Desk
from monitor.actions import webhooks as actions
from monitor.actions.clockwork import SYSTEM
from monitor.changed import Changed
from monitor.metrics import Metrics
from monitor.register import Register
from monitor.store import Store, outbox
from monitor.store import webhooks as rows
from monitor.tokens import Caller
from monitor.webhook import Conditions, Policy
from monitor.worker.webhooks import Deliverer

ZONE = ZoneInfo("Asia/Shanghai")
LOCAL = Policy((ipaddress.ip_network("127.0.0.0/8"),))


@dataclass
class Post:
    """A store with a deliverer, and a clock that can be put forward."""

    store: Store
    policy: Policy = LOCAL
    ahead: timedelta = timedelta()
    changed: Changed = field(default_factory=Changed)
    metrics: Metrics = field(default_factory=Metrics)
    deadline: float = 20.0
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        self.desk = Desk(
            store=self.store,
            zone=ZONE,
            register=Register,
            now=self.now,
            changed=self.changed.bump,
        )
        self.secrets: dict[int, str] = {}

    def now(self) -> datetime:
        return clock.now() + self.ahead

    def later(self, **span: float) -> None:
        self.ahead += timedelta(**span)
        self.changed.bump()

    def hook(
        self,
        url: str,
        *types: str,
        districts: tuple[str, ...] = (),
        caller: Caller = SYSTEM,
        **more: Any,
    ) -> int:
        values = {"url": url, "types": list(types) or ["*"], "districts": list(districts)} | more
        made = actions.subscribe(self.desk, caller, self.policy, values)
        self.secrets[made["id"]] = made["secret"]
        return int(made["id"])

    def publish(self, *kinds: str, district: str | None = None, data: Any = None) -> None:
        with self.store.write() as connection:
            outbox.publish(
                connection,
                [
                    outbox.Event(
                        type=kind,
                        at=self.now(),
                        district=district,
                        data=data or {"number": n, "name": "甲厂"},
                    )
                    for n, kind in enumerate(kinds)
                ],
            )
        self.changed.bump()

    def ledger(self, hook: int) -> list[dict[str, Any]]:
        """Deliveries of a hook, oldest first."""
        with self.store.read() as connection:
            return rows.ledger(connection, hook, 1000, None)[::-1]

    def states(self, hook: int) -> list[str]:
        return [item["state"] for item in self.ledger(hook)]

    def row(self, hook: int) -> Any:
        with self.store.read() as connection:
            return rows.find(connection, hook, None)

    @asynccontextmanager
    async def delivering(self, workers: int = 1) -> AsyncIterator[None]:
        running = [
            asyncio.create_task(
                Deliverer(
                    self.desk,
                    self.changed,
                    self.policy,
                    self.metrics,
                    self.conditions,
                    jitter=lambda: 0.0,
                    deadline=self.deadline,
                ).run()
            )
            for _ in range(workers)
        ]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            for task in running:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def delivered(self) -> float:
        found = self.metrics.registry.get_sample_value(
            "offsite_monitor_webhook_deliveries_total", {"outcome": "delivered"}
        )
        return found or 0.0
