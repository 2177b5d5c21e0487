"""What can be set for Hikvision devices."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, FilePath, model_validator

from monitor.adapter import AdapterConfig
from monitor.secret import Secret


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("an address such as http://10.1.2.3 or https://10.1.2.3:8443")
    if parts.username or parts.password:
        raise ValueError("username and password have keys of their own")
    if parts.query or parts.fragment or parts.port == 0:
        raise ValueError("an address such as http://10.1.2.3 or https://10.1.2.3:8443")
    return text.rstrip("/")


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone such as Asia/Shanghai") from None
    return text


class Config(AdapterConfig):
    """Devices that push to us, or one device whose stream we read."""

    type: Literal["hikvision"]
    """`hikvision`"""

    secret: Secret | None = None
    """The first part of the path to which devices push without a token; at least 16 letters, digits, `-`
    and `_`."""

    max_body: int = Field(default=20_000_000, ge=10_000, le=100_000_000)
    """Bytes of a push, and of a part of the stream. A larger push is refused; of a larger part so many
    are kept."""

    url: Annotated[str, AfterValidator(_url)] | None = None
    """The device whose stream is read, e.g. `http://10.1.2.3`. Without it, devices push."""

    username: str | None = None
    """The name to log in with at the device."""

    password: Secret | None = None
    """The password to log in with, plainly or as `{ file = "…" }`."""

    ca_file: FilePath | None = None
    """The certificates (PEM) that may vouch for the device; without it, the system's. For `https`."""

    stream_path: str = Field(default="/ISAPI/Event/notification/alertStream", pattern=r"^/[!-~]*$")
    """Where the stream is; very old firmware has it at `/Event/notification/alertStream`."""

    connect_timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds within which the device must accept a connection."""

    read_timeout: float = Field(default=30.0, gt=0, le=3600)
    """Seconds without a byte (devices send a heartbeat every 10) after which we connect again."""

    heartbeat_seconds: float = Field(default=60.0, ge=0, le=86_400)
    """Of the heartbeats of a stream, one in so many seconds is kept; old firmware sends three per
    second."""

    backlog_seconds: float = Field(default=300.0, ge=1, le=86_400)
    """What a stream brings that is older than so many seconds is taken as sent after the fact: it raises
    no alarm of now."""

    silence_seconds: float = Field(default=5.0, ge=0, le=86_400)
    """Alarms of one camera and kind that are no further apart than so many seconds are one episode."""

    zone: Annotated[str, AfterValidator(_zone)] | None = None
    """The time zone of times that a device writes without one; without it, the bureau's."""

    stop_within: float = Field(default=5.0, gt=0, le=60)
    """Seconds that a delivery under way may take when the daemon stops."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.url is None and (self.username or self.password or self.ca_file):
            raise ValueError("username, password, ca_file: only with url")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.ca_file is not None and not (self.url or "").startswith("https:"):
            raise ValueError("ca_file: only for https://")
        if self.secret is not None and not _long_enough(self.secret.get_secret_value()):
            raise ValueError("secret: at least 16 letters, digits, `-` and `_`")
        return self

    @property
    def host(self) -> str:
        """The device that is pulled from; empty if none is."""
        return urlsplit(self.url or "").hostname or ""


def _long_enough(secret: str) -> bool:
    return (
        len(secret) >= 16
        and secret.isascii()
        and secret.replace("-", "").replace("_", "").isalnum()
    )
