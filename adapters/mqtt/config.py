"""What can be set for emissions and electricity over MQTT."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from adapters.broker.config import BrokerConfig, TopicFilter
from adapters.mqtt.profile import Profile


class Config(BrokerConfig):
    """One session with one broker: its topics, and how their messages are to be read."""

    type: Literal["mqtt"]
    """`mqtt`"""

    topics: tuple[TopicFilter, ...] = Field(min_length=1)
    """The topic filters to subscribe to, with QoS 1."""

    share: str | None = Field(default=None, pattern=r"^[^/+#\s]{1,64}$")
    """The group of a shared subscription (`$share/<group>/…`); see the README before using it."""

    payload: Literal["hj212", "json"]
    """What messages hold: `hj212`: one or several HJ 212 frames; `json`: read by `profile`."""

    profile: Profile | None = None
    """Where in the JSON what stands; a table of its own, `[adapters.profile]`."""

    minute_interval: int = Field(default=10, ge=1, le=60)
    """Minutes that a record of minute data stands for."""

    wrong_password: Literal["mark", "refuse"] = "mark"
    """What becomes of HJ 212 frames whose PW is not the registered one; as in adapters/hj212."""

    modbus_crc: Literal["accept", "refuse"] = "accept"
    """What becomes of HJ 212 frames with the CRC of Modbus; as in adapters/hj212."""

    max_depth: int = Field(default=16, ge=1, le=100)
    """How deep the objects and lists of a JSON message may be nested."""

    max_items: int = Field(default=2000, ge=1, le=100_000)
    """Reports and items of a JSON message together."""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if (self.payload == "json") != (self.profile is not None):
            raise ValueError('profile: payload = "json" needs one, payload = "hj212" has none')
        return self

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters as they are subscribed to."""
        return tuple(f"$share/{self.share}/{t}" for t in self.topics) if self.share else self.topics
