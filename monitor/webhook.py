"""Webhooks, the pure part: who is told, what is signed, how fast, when to try again.

Standard Webhooks 1.0 (https://www.standardwebhooks.com): the signature is HMAC-SHA256 over
`id.timestamp.body`, keyed by the bytes behind `whsec_`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from monitor.errors import Conflict

EVENT_TYPES = (
    "alert.opened",
    "alert.updated",
    "alert.cleared",
    "alert.screened",
    "task.queued",
    "task.claimed",
    "task.updated",
    "task.completed",
    "task.closed",
    "task.overdue",
    "task.withdrawn",
    "listing.changed",
    "source.lost",
    "source.restored",
    "report.due",
    "report.overdue",
    "webhook.disabled",
)

TEST_EVENT = "webhook.test"
"""What `/webhooks/{id}/test` sends; it goes to that hook only and is in no feed."""

SCHEDULE = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long to wait after the first, second, … failure; then the event is given up for this hook."""


def subscribed(
    kind: str, district: str | None, patterns: Sequence[str], districts: Sequence[str]
) -> bool:
    """Whether a subscription (`task.queued`, `alert.*`; districts, none = all) wants an event.

    What belongs to no district is told only to those who may see all of them.
    """
    if districts and district not in districts:
        return False
    return any(fnmatchcase(kind, pattern) for pattern in patterns)


def new_secret() -> str:
    """A signing secret: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` of one attempt; `timestamp` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signatures(keys: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The whole header: a signature by each secret, space separated, the newest first."""
    return " ".join(sign(key, message_id, timestamp, body) for key in keys)


Old = Mapping[str, Any]
"""A secret that was replaced: `secret`, and `until` when it still signs, in seconds since 1970."""

_OLD_ONES = 4


def still_signing(old: Sequence[Old] | None, at: datetime) -> list[Old]:
    """Those of the replaced secrets whose time is not over, the newest first."""
    return [each for each in old or () if each["until"] > at.timestamp()]


def replaced(secret: str, old: Sequence[Old] | None, at: datetime, keep: timedelta) -> list[Old]:
    """What signs beside a new secret that takes the place of `secret`.

    Every secret has its own time, also where secrets are rotated faster than that: an answer that got
    lost costs nobody a delivery. Raises Conflict where there would be too many.
    """
    standing = still_signing(old, at)
    if len(standing) >= _OLD_ONES:
        raise Conflict(f"{_OLD_ONES} old secrets are still signing; wait until one has run out")
    return [{"secret": secret, "until": (at + keep).timestamp()}, *standing]


def retry_after(
    failures: int, jitter: float, schedule: Sequence[timedelta] = SCHEDULE
) -> timedelta | None:
    """How long to wait after the n-th failure (from 1); `jitter` in 0…1 adds up to a tenth.

    None: the schedule is used up.
    """
    if failures > len(schedule):
        return None
    return schedule[failures - 1] * (1 + 0.1 * jitter)


def free_again(at: datetime, rate: int) -> datetime:
    """When an endpoint with so many tries a minute may be tried again: they are spread evenly."""
    return at + timedelta(minutes=1) / rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How deliveries are made: `[webhooks]`, and the language of what people read."""

    schedule: tuple[timedelta, ...] = SCHEDULE
    rotation: timedelta = timedelta(hours=24)
    """How long a secret signs on after it was replaced."""
    language: str = "zh"
    public_url: str = ""
    """What links in chat messages begin with; empty: they have none."""


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Policy:
    """Which addresses may be called: public ones over https, and what `allow` lists, over http too.

    It is asked about the address that is really connected to, never about a name.
    """

    allow: tuple[Network, ...] = ()

    def permits(self, address: Address, scheme: str) -> bool:
        """Whether an address may be called over `http` or `https`."""
        real = _unwrapped(address)
        if any(real in network or address in network for network in self.allow):
            return True
        return scheme == "https" and _public(real)

    def fault(self, url: str) -> str | None:
        """What is wrong with a URL, as far as can be told without resolving its name."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return "url is not a URL"
        if parts.scheme not in ("http", "https") or not host:
            return "url must begin with https:// and name a host"
        if parts.username is not None or parts.password is not None or parts.fragment:
            return "url must not carry a user, a password or a fragment"
        if parts.scheme == "http" and not self.allow:
            return "url must be https"
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            return None
        return None if self.permits(literal, parts.scheme) else REFUSED


REFUSED = "the address is not one that may be called; see [webhooks] allow"
"""Says no more: whoever subscribes must not learn where a name leads inside the network."""


def _public(address: Address) -> bool:
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to (mapped, 6to4, Teredo, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
