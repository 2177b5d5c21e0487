"""Webhooks, the pure part: who is told, what is signed, when to try again.

Standard Webhooks 1.0 (https://www.standardwebhooks.com): the signature is HMAC-SHA256 over
`id.timestamp.body`, keyed by the bytes behind `whsec_`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from fnmatch import fnmatchcase

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
    "webhook.disabled",
)

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


def retry_after(failures: int, jitter: float) -> timedelta | None:
    """How long to wait after the n-th failure (from 1); `jitter` in 0…1 adds up to a tenth.

    None: the schedule is used up.
    """
    if failures > len(SCHEDULE):
        return None
    return SCHEDULE[failures - 1] * (1 + 0.1 * jitter)
