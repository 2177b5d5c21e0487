"""A message as the network's thread hands it over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One PUBLISH from the broker."""

    topic: str
    payload: bytes
    """At most `max_message` bytes of it."""
    size: int
    """How many bytes it had."""
    digest: bytes
    """Of topic and whole payload."""
    mid: int
    """By which it is acknowledged, on this connection only."""
    qos: int
    retained: bool = False
    """It was lying at the broker when we subscribed."""
    redelivered: bool = False
    """The broker has sent it before, without having been answered."""
