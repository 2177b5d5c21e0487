"""What can be set for Hikvision devices."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from adapters.video.device import DeviceConfig
from monitor.secret import Secret


def _long_enough(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,}", secret.get_secret_value()):
        raise ValueError("at least 16 letters, digits, `-` and `_`")
    return secret


class Config(DeviceConfig):
    """Devices that push to us; with `url`, also one device whose stream we read."""

    type: Literal["hikvision"]
    """`hikvision`"""

    secret: Annotated[Secret | None, AfterValidator(_long_enough)] = None
    """The first part of the path to which devices push without a token; at least 16 letters, digits, `-`
    and `_`."""

    max_body: int = Field(default=20_000_000, ge=10_000, le=100_000_000)
    """Bytes of a push, and of a part of the stream. A larger push is refused; of a larger part so many
    are kept."""

    stream_path: str = Field(default="/ISAPI/Event/notification/alertStream", pattern=r"^/[!-~]*$")
    """Where the stream is; very old firmware has it at `/Event/notification/alertStream`."""

    backlog_seconds: float = Field(default=300.0, ge=1, le=86_400)
    """What a stream brings that is older than so many seconds is taken as sent after the fact: it raises
    no alarm of now."""
