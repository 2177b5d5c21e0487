"""How much one caller may ask: requests of a token, or of an origin without one, by the minute; failed
logins of an origin.

Counted in this process and in bounded memory. An origin from which too many wrong tokens came is
locked out for a while (登录失败处理, GB/T 22239); what had worked from there shortly before works on, so
that one app with an old token does not lock its whole office out.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import deque
from collections.abc import Callable

from cachetools import TTLCache

from monitor.errors import MonitorError

_ORIGINS, _TOKENS = 20_000, 20_000
_REMEMBERED = 3600.0
"""Seconds for which a token that worked is known to be an origin's own."""


class TooMany(MonitorError):
    """Too much was asked; `after` says in how many seconds more may be."""

    def __init__(self, reason: str, after: float) -> None:
        super().__init__(reason)
        self.after = max(1, math.ceil(after))


class Throttle:
    """The counts of one process."""

    def __init__(
        self,
        *,
        per_minute: int = 1200,
        failures: int = 20,
        within: float = 600.0,
        lockout: float = 900.0,
        visits: int = 30,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`failures` wrong tokens `within` so many seconds lock an origin out for `lockout` seconds.

        `visits`: requests a minute of an origin where no token is asked for.
        """
        self.per_minute, self.failures = per_minute, failures
        self._within, self._lockout, self._timer = within, lockout, timer
        self._visits = visits
        self._lock = threading.Lock()
        self._asked: TTLCache[tuple[int | str, int], int] = TTLCache(_TOKENS, 60.0, timer)
        self._failed: TTLCache[str, deque[float]] = TTLCache(_ORIGINS, within, timer)
        self._locked: TTLCache[str, float] = TTLCache(_ORIGINS, lockout, timer)
        self._good: TTLCache[tuple[str, str], bool] = TTLCache(_TOKENS, _REMEMBERED, timer)

    def count(self, token: int) -> None:
        """Count a request of a token; raises TooMany above the limit of this minute."""
        if self._asks(token) > self.per_minute:
            left = 60 - self._timer() % 60
            raise TooMany(f"a token may make {self.per_minute} requests a minute", left)

    def visits(self, origin: str | None) -> bool:
        """Count a request without a token; whether the origin may make it."""
        return self._asks(_network(origin)) <= self._visits

    def _asks(self, who: int | str) -> int:
        """How often somebody has asked in this minute, now included."""
        minute = int(self._timer() // 60)
        with self._lock:
            asked = self._asked.get((who, minute), 0) + 1
            self._asked[who, minute] = asked
        return asked

    def check(self, origin: str | None, token: str) -> None:
        """Raise TooMany if an origin is locked out and the token (its digest) is not one of its own."""
        network = _network(origin)
        with self._lock:
            until = self._locked.get(network)
            if until is None or (network, token) in self._good:
                return
        raise TooMany("too many wrong tokens came from your address", until - self._timer())

    def passed(self, origin: str | None, token: str) -> None:
        """A token was right."""
        with self._lock:
            self._good[_network(origin), token] = True

    def failed(self, origin: str | None) -> bool:
        """A token was wrong; whether that locks the origin out."""
        network, now = _network(origin), self._timer()
        with self._lock:
            times = self._failed.get(network) or deque(maxlen=self.failures)
            times.append(now)
            self._failed[network] = times
            if len(times) < self.failures or now - times[0] > self._within:
                return False
            del self._failed[network]
            self._locked[network] = now + self._lockout
            return True


def _network(origin: str | None) -> str:
    """Whom an address stands for: of IPv6 one customer has a /64 and more."""
    try:
        address = ipaddress.ip_address(origin or "")
    except ValueError:
        return origin or ""
    mapped = address.ipv4_mapped if address.version == 6 else None
    if address.version == 4 or mapped is not None:
        return str(mapped or address)
    return str(ipaddress.ip_network((address, 64), strict=False))
