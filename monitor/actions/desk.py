"""What every action needs, and how each of them begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NoReturn

from monitor import alert, complaint, silence, task
from monitor.alerting import Bench
from monitor.clock import civil_date, now
from monitor.errors import Conflict, NotFound
from monitor.exchange import AlreadyDone, KeyReused, Repeated, StillRunning
from monitor.legal import basis
from monitor.marks import Marking
from monitor.media import Media
from monitor.positive import Policy as ListingPolicy
from monitor.register import Register
from monitor.reminder import Policy as Reminding
from monitor.reports.policy import Reporting
from monitor.store import Connection, Store, audit, idempotency, tasks
from monitor.terms import Terms
from monitor.tokens import Caller, Right
from monitor.visits import listed


def _nobody() -> None:
    """Nobody waits for changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The store, the register and the settings that actions work with."""

    store: Store
    zone: tzinfo
    register: Callable[[], Register]
    now: Callable[[], datetime] = now
    language: str = "zh"
    """Of what the clock writes into histories."""
    lease: timedelta = timedelta(hours=8)
    terms: Callable[[], Terms] | None = None
    """How long there is for tasks; None: the usual, by the shipped calendar."""
    legal_basis: Callable[..., list[dict[str, str]]] = basis
    """The citations for a trigger on a civil day, and for an outlet's medium and kind."""
    marking: Callable[[], Marking] = Marking
    """How marks are taken."""
    judging: Callable[[], Mapping[str, Any]] = dict
    """The settings of judging, as an evidence bundle states them."""
    media: Media = field(default_factory=lambda: Media(Path("var/media")))
    """Where files are kept."""
    reminding: Reminding = field(default_factory=Reminding)
    """How enterprises are reminded."""
    grading: Callable[[], alert.Policy] = alert.Policy
    """What findings lead to, as the procedure says it."""
    listing_policy: Callable[[], ListingPolicy] = ListingPolicy
    """The rules of the positive list."""
    longest_silence: Callable[[], timedelta] = lambda: silence.LONGEST
    """How long a silence may last."""
    reporting: Callable[[], Reporting] = Reporting
    """How reports on the positive list are made."""
    complaining: complaint.Policy = field(default_factory=complaint.Policy)
    """How complaints are handled, and what their reporters are sealed with."""
    judged_by: Callable[[Register], Bench] | None = None
    """What alerts are made by; None: the desk's own settings, corroboration as it usually is."""
    changed: Callable[[], None] = _nobody
    """Called after every commit, so that those who wait look again."""

    def time_limits(self) -> Terms:
        """How long there is for tasks, as it is set now."""
        return self.terms() if self.terms else Terms(zone=self.zone)

    def bench(self, register: Register) -> Bench:
        """What alerts that an action opens are made by."""
        if self.judged_by is not None:
            return self.judged_by(register)
        return Bench(
            register=register,
            policy=self.grading(),
            zone=self.zone,
            language=self.language,
            terms=self.time_limits,
        )

    @contextmanager
    def transaction(self, caller: Caller, right: Right, *, books: bool = False) -> Iterator[Work]:
        """One action: checks the right, commits at the end, then wakes those who wait.

        A request with a key that came before is not done again, and one that was to change what it
        has not seen is undone (`monitor.exchange`).

        `books`: it asks the register, which is read before: whoever holds a connection and waits for
        a second one can wait for ever.
        """
        caller.require(right)
        register = self.register() if books else None
        try:
            with self.store.write() as connection:
                work = Work(self, caller, connection, self.now(), register)
                entered = work.begin()
                yield work
                work.finish(entered)
        except _Undone:
            return
        if caller.exchange is not None:
            caller.exchange.entered = entered
        self.changed()


class _Undone(Exception):  # never leaves this module
    """Nothing is to be written."""


_UNANSWERED = timedelta(minutes=1)
"""How long an answer may take to be kept after the commit; then its process has died."""


def _repeated(before: Any, content: str, at: datetime) -> Exception:
    if before.content != content:
        return KeyReused("this Idempotency-Key came before, with another request")
    if before.answer is not None:
        return Repeated(before.answer, before.link)
    if at - before.at < _UNANSWERED:
        return StillRunning("the first request with this Idempotency-Key is not answered yet")
    return AlreadyDone(before.link)


@dataclass(frozen=True, slots=True)
class Work:
    """One action in progress."""

    desk: Desk
    caller: Caller
    connection: Connection
    at: datetime
    register: Register | None = None

    @property
    def books(self) -> Register:
        """The register, of an action that was begun with `books`."""
        assert self.register is not None, "begun with `books`"
        return self.register

    def begin(self) -> str | None:
        """Enter the request's key, if it has one; answers what it is stored under."""
        exchange = self.caller.exchange
        if exchange is None or exchange.key is None:
            return None
        entered, content = exchange.key.of(self.caller.id), exchange.key.content
        before = idempotency.enter(self.connection, entered, content, self.at)
        if before is not None:
            raise _repeated(before, content, self.at)
        return entered

    def finish(self, entered: str | None) -> None:
        """The last step before the commit."""
        exchange = self.caller.exchange
        if exchange is None:
            return
        exchange.finish()
        if entered is not None and exchange.link is not None:
            idempotency.note_link(self.connection, entered, exchange.link)

    def undo(self) -> NoReturn:
        """Leave the transaction with nothing written, for those who only look (`--dry-run`)."""
        raise _Undone

    def seen(self, tag: str) -> None:
        """Hold a thing's ETag, its row being locked, against what the caller has seen of it."""
        if self.caller.exchange is not None:
            self.caller.exchange.compare(tag)

    def leaves(self, link: str, tag: str) -> None:
        """Tell the path (below `/api/v1`) and the ETag of what was made or changed."""
        if self.caller.exchange is not None:
            self.caller.exchange.link, self.caller.exchange.tag = link, tag

    def task(self, task_id: int) -> Any:
        """The task's row, locked; NotFound outside the caller's districts."""
        row = tasks.find(self.connection, task_id, lock=True)
        if row is None or not self.caller.sees(row.district):
            raise NotFound(f"there is no task {task_id}")
        self.seen(tasks.tag(row.version))
        return row

    def step(
        self,
        row: Any,
        name: str,
        values: dict[str, Any],
        reason: str | None = None,
        data: dict[str, Any] | None = None,
        told: str | None = None,
    ) -> None:
        """Take a task along one step of `monitor.task.STEPS`: right, row, history, event, audit.

        `told`: a district that hears of it too, since the task has left it. Locks are taken in this order
        everywhere: the task, the outbox, the trail.
        """
        found = task.step(name, task.State(row.state))
        if found.by is not None:
            self.caller.require(found.by)
        self.change(row, {"state": (found.target or row.state)} | values)
        self.note(row.id, name, reason, data)
        tasks.announce(self.connection, row.id, found.event, self.at, self.desk.zone, told)
        self.audit(f"task.{name}", f"task/{row.id}", reason, data)

    def note(
        self, task_id: int, change: str, reason: str | None, data: dict[str, Any] | None
    ) -> None:
        """Add a line to a task's history."""
        tasks.note(self.connection, task_id, self.at, change, self.caller.name, reason, data)

    def tell(
        self,
        task_id: int,
        change: str,
        reason: str | None,
        data: dict[str, Any] | None,
        event: str = "task.updated",
    ) -> None:
        """Something about a task that is no step: history, version, event."""
        self.note(task_id, change, reason, data)
        tasks.touch(self.connection, task_id)
        tasks.announce(self.connection, task_id, event, self.at, self.desk.zone)

    def change(self, row: Any, values: dict[str, Any]) -> None:
        """A guarded UPDATE of a task; Conflict if it is not as it was read any more."""
        if not tasks.change(self.connection, row, values):
            raise Conflict(f"task {row.id} has been changed meanwhile; read it again")

    def shape(self, task_id: int) -> dict[str, Any]:
        """The task's JSON as it now is."""
        shaped = tasks.shape(self.connection, [task_id], self.desk.zone)[task_id]
        self.leaves(f"tasks/{task_id}", tasks.tag(shaped["version"]))
        return shaped

    def audit(
        self,
        action: str,
        thing: str,
        reason: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Enter the action in the audit trail."""
        said = ({"reason": reason} if reason else {}) | (data or {})
        entry = audit.Entry(
            at=self.at,
            actor=self.caller.name,
            action=action,
            object=thing,
            origin=self.caller.origin,
            data=said or None,
        )
        audit.append(self.connection, entry)

    def listing(self, uscc: str | None, on: date | None = None) -> dict[str, Any]:
        """The listing of a day (today, unless one is given) as it stands on a task."""
        return listed(self.books, uscc, on or civil_date(self.at, self.desk.zone))
