"""Delivering webhooks: lease, send, settle.

What is due is leased in the database, sent, and only then marked; whoever dies in between leaves a
lease that runs out, and the same event goes again under the same `webhook-id`. Endpoints are served
side by side, each with one delivery in flight and its oldest event first. One that hangs holds a slot
for 30 s at most and then pauses; all that did not take the last that was sent to them have a quarter
of the slots.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from monitor.actions import Desk
from monitor.changed import Changed
from monitor.errors import StoreError
from monitor.metrics import Metrics
from monitor.store import Connection, outbox, webhooks
from monitor.store.webhooks import Due
from monitor.transport import client
from monitor.webhook import Conditions, Policy, retry_after
from monitor.worker.attempt import Outcome, Sender

log = structlog.get_logger("webhooks")

DEADLINE = 30.0
_LEASE = timedelta(seconds=DEADLINE + 15)
_PARALLEL = 16
_UNPROVEN = _PARALLEL // 4
_FAILING_LIMIT = timedelta(days=5)
_GONE = 410
_PAUSE = timedelta(seconds=5)
"""How long an endpoint rests after a failure, before its next event is tried."""
_NAP, _LONGEST_NAP = 0.2, 30.0
_LANDING = 5.0


@dataclass
class Deliverer:
    """Delivers what is due, until cancelled."""

    desk: Desk
    changed: Changed
    policy: Policy
    metrics: Metrics
    conditions: Conditions = field(default_factory=Conditions)
    jitter: Callable[[], float] = random.random
    deadline: float = DEADLINE

    def __post_init__(self) -> None:
        self._sender = Sender(self.desk.zone, self.conditions, self.deadline)
        self._flying: set[asyncio.Task[None]] = set()
        self._unproven: set[asyncio.Task[None]] = set()
        self._landed = asyncio.Event()

    async def run(self) -> None:
        """Claim, send, settle; sleep until something commits, lands or falls due."""
        async with client(self.policy, _PARALLEL) as http:
            try:
                while True:
                    seen = self.changed.generation
                    self._landed.clear()
                    nap = await asyncio.to_thread(self._nap)
                    if nap <= 0 and len(self._flying) < _PARALLEL:
                        free = _PARALLEL - len(self._flying)
                        taken = await asyncio.to_thread(self._claim, free)
                        for due in taken:
                            self._launch(self._deliver(http, due), due)
                        nap = 0 if taken else _NAP  # leased by somebody else meanwhile: in a while
                    if nap > 0 or len(self._flying) >= _PARALLEL:
                        await self._sleep(seen, nap or _LONGEST_NAP)
            finally:
                await self._land()

    def _launch(self, flight: Any, due: Due) -> None:
        task = asyncio.create_task(flight)
        self._flying.add(task)
        if not due.proven:
            self._unproven.add(task)

        def landed(done: asyncio.Task[None]) -> None:
            self._flying.discard(done)
            self._unproven.discard(done)
            self._landed.set()
            if not done.cancelled() and (fault := done.exception()):
                log.error("delivery broke", exc_info=fault)  # its lease runs out, it goes again

        task.add_done_callback(landed)

    async def _land(self) -> None:
        """On the way out: let what is in the air land for a moment; the rest goes again later."""
        if self._flying:
            _, late = await asyncio.wait(self._flying, timeout=_LANDING)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _sleep(self, seen: int, seconds: float) -> None:
        waits = [
            asyncio.ensure_future(self.changed.wait(seen, seconds)),
            asyncio.ensure_future(self._landed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=seconds)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _nap(self) -> float:
        """Seconds until something is due, as far as is known; 0 or less: now."""
        at = self.desk.now()
        with self.desk.store.read() as connection:
            room = len(self._unproven) < _UNPROVEN
            due = webhooks.next_due(connection, at, unproven=room)
        return min((due - at).total_seconds(), _LONGEST_NAP) if due else _LONGEST_NAP

    def _claim(self, free: int) -> list[Due]:
        with self.desk.store.write() as connection:
            unproven = max(0, _UNPROVEN - len(self._unproven))
            return webhooks.claim(connection, self.desk.now(), _LEASE, free, unproven)

    async def _deliver(self, http: httpx.AsyncClient, due: Due) -> None:
        began = time.monotonic()
        at = self.desk.now()
        outcome = await self._sender.send(http, due, at)
        attempt = {
            "at": at,
            "milliseconds": int((time.monotonic() - began) * 1000),
            "status": outcome.status,
            "error": outcome.error,
        }
        try:
            await asyncio.to_thread(self._settle, due, attempt, outcome)
        except StoreError as error:  # the lease runs out, and the event goes again
            log.error("attempt not written down", webhook=due.webhook, error=str(error))

    def _settle(self, due: Due, attempt: dict[str, Any], outcome: Outcome) -> None:
        at = self.desk.now()
        with self.desk.store.write() as connection:
            # The hook before its deliveries, as everybody locks them.
            hook = webhooks.find(connection, due.webhook, None, lock=True)
            standing, label = self._standing(due, outcome, at)
            if not webhooks.settle(connection, due, attempt, standing):
                return  # the lease ran out on us: whoever has it now will say
            if hook is not None and hook.state == "enabled":
                self._judge(connection, hook, outcome, at)
        self.metrics.delivery(label)
        if not outcome.delivered:
            log.warning(
                "webhook not delivered",
                webhook=due.webhook,
                message=due.message,
                status=outcome.status,
                error=outcome.error,
            )

    def _standing(self, due: Due, outcome: Outcome, at: datetime) -> tuple[dict[str, Any], str]:
        """How the delivery stands after the attempt, and what the metric calls that."""
        if outcome.delivered:
            return {"state": "delivered", "delivered_at": at}, "delivered"
        pause = retry_after(due.attempts + 1, self.jitter(), self.conditions.schedule)
        if pause is None:
            return {"state": "failed"}, "given_up"
        pause = max(pause, outcome.wait or pause)
        return {"next_at": at + pause}, "refused" if outcome.refused else "failed"

    def _judge(self, connection: Connection, hook: Any, outcome: Outcome, at: datetime) -> None:
        """Note since when the endpoint has only failed; disable it when it is gone or hopeless."""
        if outcome.delivered:
            if hook.failing_since is not None or not hook.proven:
                webhooks.change(connection, hook.id, {"failing_since": None, "proven": True})
            return
        since = hook.failing_since or at
        failed = {
            "failing_since": since,
            "proven": False,
            # one with a rate, or one that asked for it, has to rest for longer
            "paused_until": max(at + max(_PAUSE, outcome.wait or _PAUSE), hook.paused_until or at),
        }
        if outcome.status == _GONE or at - since >= _FAILING_LIMIT:
            webhooks.change(connection, hook.id, failed | {"state": "disabled"})
            reason = "gone" if outcome.status == _GONE else "failing"
            outbox.publish(connection, [_disabled(hook, reason, at)])
            log.error("webhook disabled", webhook=hook.id, reason=reason)
        else:
            webhooks.change(connection, hook.id, failed)


def _disabled(hook: Any, reason: str, at: datetime) -> outbox.Event:
    """Told to those who see the hook's district, or all of them where it has several."""
    return outbox.Event(
        type="webhook.disabled",
        at=at,
        district=hook.districts[0] if len(hook.districts) == 1 else None,
        data={
            "webhook": hook.id,
            "reason": reason,
            "links": {"webhook": f"/api/v1/webhooks/{hook.id}"},
        },
    )
