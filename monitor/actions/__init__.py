"""What a person may do: one transaction each, audited in it, told by it.

Every function takes a `Desk` (what the work needs) and the `Caller`, checks the right and the
reach, changes state by a guarded UPDATE and returns the thing's JSON. Locks are taken in one order,
here and in intake: rows of tasks and alerts, the outbox, the audit trail.
"""

from monitor.actions.desk import Desk

__all__ = ["Desk"]
