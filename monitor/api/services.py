"""What the API works with, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from monitor.actions import Desk
from monitor.actions.commands import Prepare
from monitor.adapter import Depot, Door
from monitor.api.bodies import Held
from monitor.api.people import People
from monitor.api.shown import Shown
from monitor.api.streaming import Streams
from monitor.api.threads import Turns
from monitor.api.throttle import Throttle
from monitor.changed import Changed
from monitor.metrics import Metrics
from monitor.webhook import Conditions, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The desk (store, register, clock, settings) and what surrounds it."""

    desk: Desk
    changed: Changed
    metrics: Metrics
    shown: Shown
    """The JSON of tasks that was made already."""
    readiness: Callable[[], dict[str, dict[str, Any]]] = dict
    """The status of every adapter by name, each with at least `ready`."""
    policy: Policy = field(default_factory=Policy)
    """Which addresses a webhook may name."""
    conditions: Conditions = field(default_factory=Conditions)
    """How webhooks are delivered."""
    streams: Streams = field(default_factory=Streams)
    """Who listens to the events."""
    people: People | None = None
    """The provider of logins (OIDC), if there is one."""
    lookups: Turns = field(default_factory=lambda: Turns(2))
    """Where requests are let in and lists are read."""
    finishing: Turns = field(default_factory=lambda: Turns(4))
    """Where uploads that are all there become what they are for, which may take long."""
    throttle: Throttle = field(default_factory=Throttle)
    """How much one caller may ask."""
    knocks: Throttle = field(default_factory=Throttle)
    """Wrong secrets at the doors of adapters."""
    access_log: bool = True
    """Whether every request is logged."""
    max_body: int = 1_000_000
    """The largest request body taken, in bytes."""
    doors: Callable[[], Mapping[str, Door | Depot]] = dict
    """The adapters that are pushed to, by name."""
    held: Held = field(default_factory=Held)
    """Their bodies in memory."""
    prepare: Prepare = lambda _code, parameters: parameters
    """Checks the parameters of a command to a device, as the protocol wants them."""
    set_mn: str = ""
    """The code of the command that gives a data logger its MN."""
    codes: Sequence[dict[str, Any]] = ()
    """The protocol's table of command codes."""


def services_of(request: Request) -> Services:
    """The services of the application that a request came to."""
    found: Services = request.app.state.services
    return found


async def services(request: Request) -> Services:
    """The same as a dependency; FastAPI would call a plain function in a thread."""
    return services_of(request)
