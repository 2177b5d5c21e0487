"""How often an address may ask, where nobody has to show a token."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable

_WINDOW = 60.0
_ADDRESSES = 10_000
"""So many are told apart in a minute; the others share one count."""


class Throttle:
    """So many requests a minute and address (an IPv6 /64 counts as one); in this process."""

    def __init__(self, a_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds."""
        self.a_minute, self._now = a_minute, now
        self._lock = threading.Lock()
        self._counts, self._since = Counter[str](), 0.0

    def allows(self, address: str | None) -> bool:
        """Whether an address may ask now; it is counted."""
        key = _network(address)
        with self._lock:
            if self._now() - self._since > _WINDOW:
                self._counts, self._since = Counter(), self._now()
            if len(self._counts) >= _ADDRESSES and key not in self._counts:
                key = ""
            self._counts[key] += 1
            return self._counts[key] <= self.a_minute


def _network(address: str | None) -> str:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False))
