"""The contract between the feeds and the core.

An adapter is a class with a configuration schema of its own (`Config`, pydantic, unknown keys
refused), made from that configuration and a `Context`, and run by the supervisor until cancelled.
It hands in what it heard with `await context.deliver([...])` and answers its source only when that
returns: by then everything is committed. Awaiting is the back-pressure. If `deliver` raises, nothing
of the call was kept and nothing may be acknowledged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from importlib import import_module
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from monitor.observation import Frame, Readings


@dataclass(frozen=True, slots=True)
class Delivery:
    """One frame and what was understood of it (nothing, for a damaged one)."""

    frame: Frame
    readings: tuple[Readings, ...] = ()


Deliver = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Returns when all of it is durable; raises `Stopping` or `StoreError` when none of it is kept."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the composition root gives to an adapter."""

    name: str
    zone: tzinfo
    deliver: Deliver
    answered: Callable[[int], None]
    """To be told how many frames were answered; a metric."""
    password: Callable[[str], str | None]
    """The registered password (PW) of a device, or None."""
    known: Callable[[str], bool]
    """Whether the register has this device."""
    now: Callable[[], datetime]


class AdapterConfig(BaseModel):
    """The keys every adapter has; each adapter's schema extends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    """The adapter's name, unique: letters, digits, `-`, `_` and `.`; it stands on frames, metrics
    and `/feeds/{name}`."""


class Adapter(Protocol):
    """What the supervisor runs."""

    Config: ClassVar[type[AdapterConfig]]

    def __init__(self, config: Any, context: Context) -> None: ...

    async def run(self) -> None:
        """Serve until cancelled. On cancellation: stop reading, let what was delivered be answered."""

    def status(self) -> dict[str, Any]:
        """For `/readyz`: at least `ready` (listening or connected) and `last_frame_at` or None."""


def load(kind: str, types: dict[str, str]) -> type[Adapter]:
    """The adapter class of a configured `type`; KeyError if there is none of that name."""
    adapter: type[Adapter] = import_module(types[kind]).Adapter
    return adapter
