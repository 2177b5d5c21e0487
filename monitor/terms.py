"""How long officers have for a task, and when they are reminded of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from monitor import calendar
from monitor.calendar import Calendar, Deadline, Term, Unit
from monitor.task import Trigger

USUAL = Term(48, Unit.HOURS)
"""Where the bureau has set nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The bureau's terms by trigger and priority, in its zone and by its calendar.

    `by`: a term per trigger and priority; priority None = every one that is not named.
    """

    zone: tzinfo
    calendar: Calendar = field(default_factory=Calendar)
    by: Mapping[tuple[Trigger, int | None], Term] = field(default_factory=dict)
    remind: timedelta = timedelta(hours=12)
    """How long before the end those concerned are reminded."""
    escalate: timedelta = timedelta(hours=24)
    """How long after it a task is taken to the next level, and to the one above after as long again."""
    suspend: timedelta = timedelta(days=30)
    """How long a task is suspended where no end is named."""

    def of(self, trigger: Trigger, priority: int) -> Term:
        """The term of a task."""
        named = self.by.get((trigger, priority)) or self.by.get((trigger, None))
        return named or USUAL

    def deadline(self, trigger: Trigger, priority: int, since: datetime) -> Deadline:
        """When a task is due that is queued at an instant."""
        return calendar.deadline(self.of(trigger, priority), since, self.zone, self.calendar)

    def paused(self, held: Deadline, since: datetime, until: datetime) -> Deadline:
        """A deadline after a pause."""
        return calendar.paused(held, since, until, self.zone, self.calendar)

    def settled(self, held: Deadline) -> Deadline | None:
        """A provisional deadline counted again, once the calendar knows; None as long as it does not."""
        if not held.provisional or held.term is None or held.calendar == self.calendar.version:
            return None
        again = calendar.deadline(held.term, held.since, self.zone, self.calendar)
        return None if again.provisional else again

    def reminder(self, due_at: datetime, at: datetime) -> datetime | None:
        """When to remind of an end; None where that has passed already."""
        when = due_at - self.remind
        return when if when > at else None
