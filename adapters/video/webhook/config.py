"""What can be set for camera platforms and AI boxes that push JSON."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from adapters.mqtt.profile import ZoneName
from adapters.video.webhook import shipped
from adapters.video.webhook.profile import Profile
from monitor.adapter import AdapterConfig
from monitor.secret import PathSecret, Secret


class Config(AdapterConfig):
    """One door: who pushes to it speaks as one profile says."""

    type: Literal["webhook"]
    """`webhook`"""

    profile: Annotated[Profile, BeforeValidator(shipped.written)]
    """What stands where in the JSON: the name of a profile that is shipped, or a table of its own,
    `[adapters.profile]`, in which `like` may name a shipped one to start from."""

    secret: PathSecret | None = None
    """A part of the address for senders that cannot send a header: they push to
    `/api/v1/feeds/{name}/{secret}`. Plainly or as `{ file = "…" }`."""

    signature_key: Secret | None = None
    """The key of the profile's `signature`, plainly or as `{ file = "…" }`."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it the profile's, or else the bureau's."""

    max_body: int = Field(default=20_000_000, ge=1024, le=100_000_000)
    """Bytes of a request; a longer one is refused with 413."""

    max_depth: int = Field(default=16, ge=1, le=100)
    """How deep the objects and lists of a message may be nested."""

    max_values: int = Field(default=100_000, ge=100, le=1_000_000)
    """Values of a message; counted by its brackets, commas and colons before it is read."""

    max_events: int = Field(default=200, ge=1, le=10_000)
    """Events of a message."""

    max_pictures: int = Field(default=16, ge=0, le=200)
    """Pictures of a message."""

    max_picture: int = Field(default=10_000_000, ge=1024, le=100_000_000)
    """Bytes of a picture."""

    fetch_within: float = Field(default=15.0, gt=0, le=120)
    """Seconds within which all pictures of a message must have been fetched: the sender waits."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.profile.signature is None) != (self.signature_key is None):
            raise ValueError("signature_key and the profile's signature belong together")
        return self
