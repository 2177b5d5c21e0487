"""The life of a command to a device (反控命令): states, origins, how long it waits. Pure.

    queued ──▶ sent ──▶ accepted ──▶ done
      │          │          │
      │          └──────────┴──────▶ failed      (refused, no answer, no result; a late answer: done)
      ├──▶ cancelled
      └──▶ expired                                (the device was not there in time)

The protocol decides what the steps mean; for HJ 212 `adapters/hj212/exchange.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a command stands."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN = frozenset({State.QUEUED, State.SENT, State.ACCEPTED})
"""It may still be carried out, or is being carried out."""


class Origin(StrEnum):
    """Why a command was asked for."""

    PERSON = "person"
    BACK_FILL = "back-fill"
    """Data is missing (补传)."""
    FIRST_CONNECTION = "first-connection"
    CLOCK = "clock"
    """The device asked for the time."""
    KEY_ROTATION = "key-rotation"


WAITS: Mapping[Origin, timedelta] = {
    Origin.PERSON: timedelta(days=1),
    Origin.BACK_FILL: timedelta(hours=1),
    Origin.FIRST_CONNECTION: timedelta(days=1),
    Origin.CLOCK: timedelta(minutes=10),
    Origin.KEY_ROTATION: timedelta(days=1),
}
"""How long a command waits for its device unless its asker says otherwise."""

LONGEST_WAIT = timedelta(days=30)

APART = timedelta(minutes=1)
"""What an adapter asks for on its own account is so far apart: devices may want the time without end."""

MOST_OPEN = 100
"""Open commands of one device; more are refused."""

ABANDONED = timedelta(seconds=30)
"""A command under way that is silent for so long after its due time has lost its process."""

SECRETS = frozenset({"NewPW", "NewSK", "PW"})
"""Parameters that are shown to nobody, and wiped when the command has ended."""


MASK = "***"
"""Stands for what is secret."""


def shown(parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameters as anybody may see them."""
    return {name: MASK if name in SECRETS else value for name, value in parameters.items()}
