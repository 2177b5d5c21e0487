"""Reminders to enterprises (提醒帮扶): their states, and the link by which an enterprise replies. Pure.

At the level of a warning the enterprise is reminded and helped before anybody goes there
(环办执法〔2025〕4号; 《关于严格规范生态环境行政检查 大力提升执法质效》, 2025-07). The link is the only
key to the reply: its token is random, shown once, kept as a hash, good for one reply, for some days.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.gateway import Gateway


class State(StrEnum):
    """How far a reminder has come."""

    RECORDED = "recorded"
    """No link was asked for yet."""
    OPEN = "open"
    """Its link is good."""
    EXPIRED = "expired"
    """Its link's time is over without a reply."""
    ANSWERED = "answered"


def state(expires_at: datetime | None, answered_at: datetime | None, now: datetime) -> State:
    """The state of a reminder."""
    if answered_at is not None:
        return State.ANSWERED
    if expires_at is None:
        return State.RECORDED
    return State.OPEN if now < expires_at else State.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Where the links lead, how long they are good, how much may be sent by them."""

    public_url: str = ""
    """What links begin with; empty: they are given as paths."""
    lifetime: timedelta = timedelta(days=7)
    files: int = 6
    max_bytes: int = 50_000_000
    """All files of a reply together."""
    gateway: Gateway | None = None
    """What messages are sent by; None: whoever reminds passes the link on."""

    def link(self, token: str) -> str:
        """The link with a token."""
        return f"{self.public_url}/reply/{token}"


def new_token() -> str:
    """A token of 256 random bits."""
    return secrets.token_urlsafe(32)
