"""What can be set for ONVIF cameras that publish over MQTT."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adapters.broker.config import BrokerConfig, TopicFilter


class Config(BrokerConfig):
    """One session with the broker that any number of cameras publish to."""

    type: Literal["onvif"]
    """`onvif`"""

    topics: tuple[TopicFilter, ...] = Field(default=("+/onvif-ej/#",), min_length=1)
    """The topic filters to subscribe to, with QoS 1: `<TopicPrefix>/onvif-ej/…` of the cameras."""

    backlog_seconds: float = Field(default=300.0, ge=1, le=86_400)
    """What is older than so many seconds when it comes is taken as sent after the fact: it raises no
    alarm of now."""

    silence_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """Events of one camera and kind that are no further apart than so many seconds are one episode."""

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters as they are subscribed to."""
        return self.topics
