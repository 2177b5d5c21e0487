"""What time does to what is muted: silences begin and end, alerts that muted others are over."""

from __future__ import annotations

from monitor.alerting import Alerting
from monitor.store import corroborations, silences

_SWEEP = ""
"""No enterprise's; several processes take turns."""


def settle(alerting: Alerting, limit: int) -> int:
    """Mute what silences cover that have begun, and let open alerts be heard that nothing mutes any
    more (`tell` does); returns how many.
    """
    corroborations.lock(alerting.connection, _SWEEP)
    alerting.hold(silences.concerned(alerting.connection, alerting.now))
    silences.apply(alerting.connection, alerting.now)
    found = silences.freed(alerting.connection, alerting.now, limit)
    for row in found:
        alerting.changed(row)
    return len(found)
