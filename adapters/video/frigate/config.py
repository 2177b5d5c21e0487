"""What can be set for a Frigate."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FilePath, model_validator

from adapters.broker.config import BrokerConfig
from adapters.video.device import Url
from adapters.video.polled import PolledConfig
from monitor.secret import Secret

Taken = Literal["reviews", "events"]


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[^+#$\x00/][^+#\x00]{0,200}", text) or text.endswith("/"):
        raise ValueError("a topic such as frigate or sites/7/frigate, without + and #")
    return text


class Config(BrokerConfig, PolledConfig):
    """One Frigate: the broker that it publishes to, and its own API for what was missed."""

    type: Literal["frigate"]
    """`frigate`"""

    topic_prefix: Annotated[str, AfterValidator(_prefix)] = "frigate"
    """Frigate's `mqtt.topic_prefix`."""

    take: tuple[Taken, ...] = Field(default=("reviews", "events"), min_length=1, max_length=2)
    """What becomes an event here: `reviews` (what belongs together, needs recording), `events` (every
    tracked object), or both."""

    severity: Literal["detection", "alert"] = "detection"
    """The least severity of reviews that become events."""

    api: Url | None = None
    """Frigate's own address, e.g. `http://10.1.2.5:5000` (without login) or `https://10.1.2.5:8971`;
    without it there are no pictures, and what was missed on MQTT is lost."""

    api_username: str | None = None
    """The name to log in with there."""

    api_password: Secret | None = None
    """The password to log in with there, plainly or as `{ file = "…" }`."""

    api_ca_file: FilePath | None = None
    """The certificates (PEM) that may vouch for it; without it, the system's. For `https`."""

    every: float = Field(default=300.0, ge=1, le=3600)
    """Seconds between two questions for what was missed; it is asked, too, whenever the broker or
    Frigate was away."""

    overlap_seconds: float = Field(default=3600.0, ge=0, le=86_400)
    """By how many seconds the span that is asked for begins before the end of what is stored; what
    lasts longer may miss its end."""

    max_pictures: int = Field(default=4, ge=0, le=50)
    """Pictures of a review; a tracked object has one."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.api is None and (self.api_username or self.api_password or self.api_ca_file):
            raise ValueError("api_username, api_password, api_ca_file: only with api")
        if (self.api_username is None) != (self.api_password is None):
            raise ValueError("api_username and api_password belong together")
        if self.api_ca_file is not None and not (self.api or "").startswith("https:"):
            raise ValueError("api_ca_file: only for https://")
        return self

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters as they are subscribed to."""
        return tuple(f"{self.topic_prefix}/{each}" for each in ("available", *sorted(self.take)))
