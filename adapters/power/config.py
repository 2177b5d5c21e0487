"""What can be set for meters over a broker and over HTTP."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from adapters.broker.config import BrokerConfig, BrokerUrl, TopicFilter
from adapters.mqtt.profile import ZoneName
from adapters.power.profile import Profile
from adapters.shipping import Shipped
from monitor.secret import PathSecret

SHIPPED = Shipped(files(__package__) / "profiles")


class Config(BrokerConfig):
    """Meters of one maker: those who publish to a broker, those who push to our door, or both."""

    type: Literal["power"]
    """`power`"""

    url: BrokerUrl = ""
    """The broker: `mqtt://host:1883`, or `mqtts://host:8883` over TLS. Without one there is only the
    door, `/api/v1/feeds/{name}`."""

    topics: tuple[TopicFilter, ...] = ()
    """The topic filters to subscribe to, with QoS 1."""

    profile: Annotated[Profile, BeforeValidator(SHIPPED.written)]
    """What stands where in the JSON: the name of a profile that is shipped, or a table of its own,
    `[adapters.profile]`, in which `like` may name a shipped one to start from."""

    values: Literal["primary", "secondary"] | None = None
    """Whether the meters send values of the line (`primary`) or at the meter (`secondary`), where the
    profile does not say: compare a message with the meter's display and with the current clamp."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it the profile's, or else Asia/Shanghai, whatever
    the bureau's own."""

    secret: PathSecret | None = None
    """A part of the address for senders that cannot send a header: they push to
    `/api/v1/feeds/{name}/{secret}`. Plainly or as `{ file = "…" }`."""

    max_body: int = Field(default=1_048_576, ge=1024, le=20_000_000)
    """Bytes of a push; a longer one is refused with 413."""

    max_depth: int = Field(default=16, ge=1, le=100)
    """How deep the objects and lists of a message may be nested."""

    max_items: int = Field(default=5000, ge=1, le=100_000)
    """Reports and quantities of a message together."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.url) != bool(self.topics):
            raise ValueError("url and topics belong together")
        if self.values and self.profile.values and self.values != self.profile.values:
            raise ValueError(f"values: the profile says {self.profile.values}")
        if not (self.values or self.profile.values):
            raise ValueError("values: say whether the meters send primary or secondary values")
        return self

    @property
    def primary(self) -> bool:
        """Whether the transformers' ratios are in the values already."""
        return (self.values or self.profile.values) == "primary"

    @property
    def clock(self) -> ZoneInfo:
        """The zone of the devices' clocks."""
        return ZoneInfo(self.zone or self.profile.zone or "Asia/Shanghai")

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters as they are subscribed to."""
        return self.topics
