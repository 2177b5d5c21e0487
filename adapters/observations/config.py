"""What can be set for tables."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from adapters.observations.profile import Profile
from adapters.shipping import Shipped
from monitor.adapter import AdapterConfig
from monitor.secret import PathSecret

SHIPPED = Shipped(files(__package__) / "profiles")


class Config(AdapterConfig):
    """Tables of one platform: pushed to our door, or imported with a command."""

    type: Literal["observations"]
    """`observations`"""

    profile: Annotated[Profile, BeforeValidator(SHIPPED.written)]
    """Which column is what: the name of a profile that is shipped, or a table of its own,
    `[adapters.profile]`, in which `like` may name a shipped one to start from."""

    secret: PathSecret | None = None
    """A part of the address for senders that cannot send a header: they push to
    `/api/v1/feeds/{name}/{secret}`. Plainly or as `{ file = "…" }`."""

    max_body: int = Field(default=20_000_000, ge=1024, le=200_000_000)
    """Bytes of a push; a longer one is refused with 413. For larger files there is the command."""

    batch: int = Field(default=1000, ge=1, le=20_000)
    """Rows that are stored together, and are one frame."""

    stop_on_error: bool = False
    """Whether a push is read only up to its first wrong row."""
