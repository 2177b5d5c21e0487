"""What can be set for every feed over MQTT."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, model_validator

from monitor.adapter import AdapterConfig
from monitor.secret import Secret

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_FOREVER = 0xFFFFFFFF


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("an address such as mqtt://host:1883 or mqtts://host:8883")
    if parts.username or parts.password:
        raise ValueError("username and password have keys of their own")
    if parts.query or parts.fragment or parts.port == 0:
        raise ValueError("an address such as mqtt://host:1883 or mqtts://host:8883")
    return text


def _filter(text: str) -> str:
    levels = text.split("/")
    if not text or len(text.encode()) > 60_000 or "\0" in text:
        raise ValueError("a topic filter such as gateways/+/data")
    if levels[0] == "$share":
        raise ValueError("a shared subscription is made by the key `share`")
    if any("+" in level and level != "+" for level in levels) or "#" in "".join(levels[:-1]):
        raise ValueError("`+` stands for a whole level, `#` for all the rest, at the end")
    if "#" in levels[-1] and levels[-1] != "#":
        raise ValueError("`#` stands for whole levels")
    return text


BrokerUrl = Annotated[str, AfterValidator(_url)]
"""Where a broker is."""

TopicFilter = Annotated[str, AfterValidator(_filter)]
"""What to subscribe to."""


class BrokerConfig(AdapterConfig):
    """One session with one broker; each feed adds its topics and how their messages are read."""

    url: BrokerUrl
    """The broker: `mqtt://host:1883`, or `mqtts://host:8883` over TLS."""

    username: str | None = None
    """The name to log in with."""

    password: Secret | None = None
    """The password to log in with, plainly or as `{ file = "…" }`."""

    ca_file: FilePath | None = None
    """The certificates (PEM) that may vouch for the broker; without it, the system's. For `mqtts`."""

    cert_file: FilePath | None = None
    """Our own certificate (PEM), where the broker asks for one. For `mqtts`."""

    key_file: FilePath | None = None
    """The key of `cert_file` (PEM, without passphrase)."""

    version: Literal["5", "3.1.1"] = "5"
    """The version of MQTT. 3.1.1 knows no expiry of sessions: the broker's own setting holds."""

    client_id: str | None = Field(default=None, pattern=r"^[!-~]{1,64}$")
    """The name of our session at the broker; without it, `offsite-monitor-` and the adapter's name.
    It must not change, and nobody else may use it: the broker keeps our messages under it."""

    session_expiry: int = Field(default=2_592_000, ge=60, le=_FOREVER)
    """Seconds for which the broker shall keep our session and its messages while we are away;
    4294967295 is for ever."""

    keepalive: int = Field(default=60, ge=1, le=3600)
    """Seconds of silence after which the connection is proved with a PINGREQ."""

    waiting: int = Field(default=5000, ge=1, le=65_535)
    """Messages that may wait in memory. When so many wait we disconnect, and come back when they are
    stored; the broker keeps what follows."""

    waiting_bytes: int = Field(default=33_554_432, ge=1024)
    """The same in bytes."""

    max_message: int = Field(default=262_144, ge=256, le=16_777_216)
    """Bytes of a message. Of longer ones so many are kept, and not read."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that a delivery under way may take when the daemon stops."""

    @model_validator(mode="after")
    def _lets_us_in(self) -> Self:
        tls = (self.ca_file, self.cert_file, self.key_file)
        if any(tls) and not self.secure:
            raise ValueError("ca_file, cert_file, key_file: only for mqtts://")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together")
        if self.password is not None and self.username is None:
            raise ValueError("password: needs a username")
        return self

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters as they are subscribed to."""
        raise NotImplementedError

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the broker."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or _PORTS[parts.scheme]

    @property
    def identity(self) -> str:
        """The client id."""
        return self.client_id or f"offsite-monitor-{self.name}"
