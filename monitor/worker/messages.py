"""Sending messages to enterprises by the gateway: lease, send, settle.

A message is marked after the gateway has answered. Whoever dies in between leaves a lease that runs out,
and the message goes again: a crash may repeat one, it never loses one. What was answered with 2xx is not
sent again, unless the answer itself says that it was not taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import structlog

from monitor.actions import Desk
from monitor.errors import StoreError
from monitor.gateway import Gateway, State, Verdict, kept, wait_after
from monitor.store import messages
from monitor.store.messages import Due
from monitor.transport import RefusedError, client
from monitor.webhook import Policy

log = structlog.get_logger("messages")

EVERY = timedelta(seconds=5)
DEADLINE = 10.0
"""Seconds that a try may take; the daemon's end waits for it."""
_LEASE = timedelta(seconds=DEADLINE + 35)
_PARALLEL = 8
_ANSWER_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended."""

    verdict: Verdict
    answer: str
    """What is kept of it."""


@dataclass
class Messenger:
    """The sweep that sends what is due."""

    desk: Desk
    policy: Policy
    stopping: Callable[[], bool] = lambda: False
    deadline: float = DEADLINE

    def run(self) -> int:
        """Send until nothing is due; returns how many tries were made."""
        gateway, tries = self.desk.reminding.gateway, 0
        while gateway is not None and not self.stopping():
            taken = self._claim()
            if not taken:
                break
            asyncio.run(self._send_all(gateway, taken))
            tries += len(taken)
        return tries

    def _claim(self) -> list[Due]:
        at = self.desk.now()
        with self.desk.store.read() as connection:
            if not messages.any_due(connection, at):
                return []
        with self.desk.store.write() as connection:
            return messages.claim(connection, at, _LEASE, _PARALLEL)

    async def _send_all(self, gateway: Gateway, taken: list[Due]) -> None:
        async with client(self.policy, _PARALLEL) as http:
            await asyncio.gather(*(self._deliver(http, gateway, due) for due in taken))

    async def _deliver(self, http: httpx.AsyncClient, gateway: Gateway, due: Due) -> None:
        outcome = await self._send(http, gateway, due)
        try:
            await asyncio.to_thread(self._settle, due, outcome)
        except StoreError as error:  # the lease runs out, and the message goes again
            log.error("try not written down", message=due.id, error=str(error))

    async def _send(self, http: httpx.AsyncClient, gateway: Gateway, due: Due) -> Outcome:
        """One try; every fault is an outcome. A fault after the status does not undo the status."""
        status, answer = None, b""
        try:
            async with (
                asyncio.timeout(self.deadline),
                http.stream(
                    gateway.method,
                    gateway.url,
                    content=gateway.content(due.values),
                    headers=gateway.request_headers(),
                ) as response,
            ):
                status = response.status_code
                async for piece in response.aiter_raw():
                    answer += piece
                    if len(answer) > _ANSWER_LIMIT:
                        break
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            if status is None:
                return Outcome(Verdict.REFUSED, _fault(error))
        return Outcome(gateway.verdict(status, answer), kept(status, answer))

    def _settle(self, due: Due, outcome: Outcome) -> None:
        at = self.desk.now()
        values: dict[str, Any] = {"answer": outcome.answer}
        pause = wait_after(due.attempts + 1)
        if outcome.verdict is Verdict.TAKEN:
            values |= {"state": State.SENT.value, "sent_at": at}
        elif outcome.verdict is Verdict.REFUSED and pause is not None:
            values |= {"state": State.QUEUED.value, "next_at": at + pause}
        else:
            values |= {"state": State.FAILED.value}
        with self.desk.store.write() as connection:
            messages.settle(connection, due, values)
        if outcome.verdict is not Verdict.TAKEN:
            log.warning("message not sent", message=due.id, state=values["state"])


def _fault(error: Exception) -> str:
    """What is kept of a try that was not answered; httpx's texts may hold the URL, which is secret."""
    if isinstance(error, RefusedError):
        return str(error)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "no answer in time"
    return type(error).__name__
