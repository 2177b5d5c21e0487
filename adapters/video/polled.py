"""What can be set for a platform that is asked over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from adapters.video.api import Server
from monitor.adapter import AdapterConfig

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class PolledConfig(AdapterConfig):
    """The keys that all of them share."""

    every: float = Field(default=30.0, ge=1, le=3600)
    """Seconds between two questions."""

    overlap_seconds: float = Field(default=600.0, ge=0, le=86_400)
    """By how many seconds the span that is asked for begins before the end of what is stored."""

    lookback_hours: float = Field(default=24.0, ge=0, le=720)
    """How many hours before its very first question are asked for."""

    backlog_seconds: float = Field(default=300.0, ge=1, le=86_400)
    """What is older than so many seconds when it comes is taken as sent after the fact: it raises no
    alarm of now."""

    heartbeat_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """Of the answers that say nothing new, one in so many seconds is kept."""

    silence_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """Events of one camera and kind that are no further apart than so many seconds are one episode."""

    picture_pauses: tuple[Seconds, ...] = Field(default=(5.0, 15.0, 60.0, 300.0), max_length=20)
    """Seconds between the attempts to have a picture, which is often made after its event. A restart
    forgets those of events older than `overlap_seconds`."""

    max_picture: int = Field(default=10_000_000, ge=1024, le=100_000_000)
    """Bytes of a picture."""

    max_answer: int = Field(default=10_000_000, ge=1024, le=100_000_000)
    """Bytes of an answer."""

    connect_timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds within which a connection must come about."""

    answer_within: float = Field(default=30.0, gt=0, le=600)
    """Seconds within which a whole answer must have come."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that a delivery under way may take when the daemon stops."""

    def server(self, url: str, ca_file: Path | None) -> Server:
        """Where to ask, and within which bounds."""
        return Server(
            url=url,
            ca_file=ca_file,
            connect_timeout=self.connect_timeout,
            answer_within=self.answer_within,
        )
