"""Carrying out commands: takes them from the queue, sends them, hears the answers.

A device gets one command after another, as the standard has it; only what an instrument works on for
long does not keep the others waiting. What was under way when the daemon ended is taken up again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from adapters.hj212 import content
from adapters.hj212.commands import Kind, kind_of
from adapters.hj212.config import Config
from adapters.hj212.exchange import Exchange, Step, Timing, qn_answered
from adapters.hj212.message import Header, Message
from adapters.hj212.orders import DEFAULT_PASSWORD, HAND_OUT_KEY, Keys, Manner, frame_of
from adapters.hj212.times import Numbers
from monitor.adapter import Context, Order, Orders
from monitor.errors import StoreError

_LOOK = 0.5  # seconds between looks at the queue
_AFTER_FAULT = 5.0
_HEARD_AHEAD = 1000
_ENDED = 4096
_SIDE_BY_SIDE = 16
_REPLIES_ST = "91"

_log = structlog.get_logger()


class Route(Protocol):
    """A connection that a command can go over."""

    def send(self, data: bytes) -> None:
        """Write a frame."""


@dataclass
class _Carrier:
    """A command under way and what has been heard for it."""

    exchange: Exchange
    address: str
    heard: asyncio.Queue[Message] = field(default_factory=lambda: asyncio.Queue(_HEARD_AHEAD))


class Dispatch:
    """The commands under way over this adapter's connections."""

    def __init__(
        self,
        config: Config,
        context: Context,
        orders: Orders,
        route: Callable[[str], Route | None],
    ) -> None:
        """`route` finds the connection of a device code, or of a logger that has none yet."""
        self._context, self._orders = context, orders
        self._route = route
        self._config = config
        self._timing = Timing(
            answer=timedelta(seconds=config.command_timeout),
            resends=config.command_resends,
            result=timedelta(seconds=config.result_timeout),
            slow=timedelta(seconds=config.slow_result_timeout),
        )
        self._headers: dict[str, Header] = {}
        self._under_way: dict[str, list[_Carrier]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: OrderedDict[tuple[str, str], Exchange] = OrderedDict()
        self._late: list[tuple[Exchange, Step]] = []
        self._new: dict[str, None] = {}
        self._clocks: dict[str, dict[str, str]] = {}
        self._numbers = Numbers(context.zone)

    @property
    def under_way(self) -> int:
        """Commands that have been sent and have not ended."""
        return sum(map(len, self._under_way.values()))

    # What is heard

    def connected(self, mn: str) -> None:
        """A registered device has come."""
        if self._config.first_connection and mn not in self._headers:
            self._new[mn] = None

    def gone(self, address: str) -> None:
        """A logger is not there any more; what it is called is its own choice, so it is forgotten."""
        self._headers.pop(address, None)

    def heard(self, mn: str, message: Message) -> None:
        """A frame of a registered device, or of a logger under its own number; durable by now."""
        header = message.header
        if header.st != _REPLIES_ST:
            self._headers[mn] = header
        if header.cn == HAND_OUT_KEY and kind_of(message) is Kind.NOTIFY:
            self._context.key_wanted(mn)
        if header.cn == "1013" and self._config.answer_clock_requests:
            self._clocks[mn] = _instrument(message)
        for carrier in self._under_way.get(mn, ()):
            with contextlib.suppress(asyncio.QueueFull):  # the frame itself is safe
                carrier.heard.put_nowait(message)
        if self._ended and len(self._late) < _HEARD_AHEAD:
            qn = qn_answered(message) if header.st == _REPLIES_ST else message.qn
            ended = self._ended.get((mn, qn or ""))
            step = None if ended is None else ended.heard(message, self._context.now())
            if ended is not None and step is not None:
                self._late.append((ended, step))

    # The work

    async def run(self) -> None:
        """Look at the queue until cancelled."""
        try:
            while True:
                try:
                    await self._look()
                except StoreError as error:
                    _log.warning("commands wait", adapter=self._config.name, error=str(error))
                    await asyncio.sleep(_AFTER_FAULT)
                await asyncio.sleep(_LOOK)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self) -> None:
        # What is heard meanwhile waits for the next look: who asks without end does not keep others.
        for mn in list(self._new):
            first = [(each.code, each.parameters) for each in self._config.first_connection]
            await self._orders.place(mn, first, "first-connection", once=True)
            del self._new[mn]
        for mn, parameters in list(self._clocks.items()):
            await self._orders.place(mn, [("1012", parameters)], "clock")
            del self._clocks[mn]
        while self._late:
            exchange, step = self._late[0]
            await self._apply(exchange, step, "")
            del self._late[0]
        for mn, address in (await self._orders.waiting()).items():
            if self.under_way >= self._config.max_commands:
                break
            if self._may_begin(mn, address):
                order = await self._orders.take(mn)
                if order is not None and not self._has(order):
                    self._begin(order, address)

    def _may_begin(self, mn: str, address: str) -> bool:
        at_it = self._under_way.get(mn, ())
        if address not in self._headers or self._route(address) is None:
            return False
        return all(each.exchange.background for each in at_it) and len(at_it) < _SIDE_BY_SIDE

    def _has(self, order: Order) -> bool:
        return any(each.exchange.order.id == order.id for each in self._under_way.get(order.mn, ()))

    def _begin(self, order: Order, address: str) -> None:
        carrier = _Carrier(Exchange(order, self._timing), address)
        self._under_way.setdefault(order.mn, []).append(carrier)
        task = asyncio.create_task(self._carry_out(carrier))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, carrier: _Carrier) -> None:
        exchange = carrier.exchange
        mn = exchange.order.mn
        try:
            now = self._context.now()
            step: Step | None = exchange.begin(self._numbers.next(now), now)
            while await self._apply(exchange, step, carrier.address) and exchange.next_at:
                step = await self._next(carrier)
        except StoreError as error:
            # Whoever finds it silent takes it up again from the row.
            _log.warning("command interrupted", mn=mn, code=exchange.order.code, error=str(error))
        finally:
            self._under_way[mn].remove(carrier)
            if not self._under_way[mn]:
                del self._under_way[mn]

    async def _next(self, carrier: _Carrier) -> Step | None:
        """The step that the next frame leads to, or silence."""
        exchange, now = carrier.exchange, self._context.now
        while exchange.next_at is not None:
            try:
                async with asyncio.timeout((exchange.next_at - now()).total_seconds()):
                    message = await carrier.heard.get()
            except TimeoutError:
                return exchange.silent(now())
            step = exchange.heard(message, now())
            if step is not None:
                return step
        return None

    async def _apply(self, exchange: Exchange, step: Step | None, address: str) -> bool:
        """Write a step down, then send; False if somebody else has ended the command meanwhile."""
        if step is None:
            return True
        before = exchange.written
        if step.values and not await self._orders.change(exchange.order.id, before, step.values):
            return False
        exchange.written = exchange.state
        if step.send:
            self._send(exchange.order, address)
        if exchange.next_at is None:
            self._ended_with(exchange)
        return True

    def _send(self, order: Order, address: str) -> None:
        route, header = self._route(address), self._headers.get(address)
        if route is None or header is None or order.qn is None:
            return  # not connected at the moment: a silence like any other
        now, zone, context = self._context.now(), self._context.zone, self._context
        password = context.password(order.mn) or header.pw or DEFAULT_PASSWORD
        manner = Manner(header.version, header.st or "", password)
        keys = Keys(context.key_in_force(order.mn), context.pending_key(order.mn))
        try:
            raw = frame_of(order, order.qn, manner, now, zone, keys)
        except ValueError as error:
            _log.warning("command not sent", mn=order.mn, code=order.code, error=str(error))
            return
        route.send(raw)

    def _ended_with(self, exchange: Exchange) -> None:
        """A key that was taken is in force; late answers are still listened for."""
        order = exchange.order
        pending = self._context.pending_key(order.mn)
        taken = exchange.state == "done" and order.result.get("exe_rtn") == 1
        if order.code == HAND_OUT_KEY and taken and pending is not None:
            self._context.proved(order.mn, pending)
        if order.qn is not None:
            self._ended[order.mn, order.qn] = exchange
            while len(self._ended) > _ENDED:
                self._ended.popitem(last=False)


def _instrument(message: Message) -> dict[str, str]:
    """The instrument whose time a device asks for, where it names one (PolId)."""
    named = content.read(message).items.get("PolId")
    return {"PolId": named} if named else {}
