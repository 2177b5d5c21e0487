"""`simulate`: devices on real sockets."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from adapters.replay import SCENARIOS, Device, Pace, Plan, Tally, invented, registered, send
from monitor import clock
from monitor.books import Books
from monitor.config import Settings
from monitor.errors import ConfigError
from monitor.registry import read

_STEP = timedelta(seconds=30)


def simulate(
    port: Annotated[
        int, typer.Option(help="Port of the daemon's hj212 adapter.", min=1, max=65_535)
    ],
    host: Annotated[str, typer.Option(help="Where the daemon listens.")] = "127.0.0.1",
    outlets: Annotated[int, typer.Option(help="So many invented devices.", min=0)] = 0,
    registry: Annotated[Path | None, typer.Option(help="The devices of register files.")] = None,
    frames: Annotated[int, typer.Option(help="Frames of each device.", min=1)] = 10,
    interval: Annotated[
        float, typer.Option(help="Seconds between frames; 0: as fast as they are answered.", min=0)
    ] = 0,
    scenario: Annotated[str, typer.Option(help=f"One of: {', '.join(SCENARIOS)}.")] = "normal",
    speed: Annotated[
        float, typer.Option(help="Simulated time runs so many times faster.", min=0.01)
    ] = 1,
    seed: Annotated[int, typer.Option(help="The same seed sends the same values.")] = 1,
    in_flight: Annotated[int, typer.Option(help="Frames sent before the first answer.", min=1)] = 1,
) -> None:
    """Simulate devices; the last line says what was sent and what was answered, as JSON.

    Exits 1 where no device could connect.
    """
    if (outlets > 0) == (registry is not None):
        raise ConfigError(["give either --outlets N or --registry PATH"])
    if scenario not in SCENARIOS:
        raise ConfigError([f"--scenario: no {scenario!r}; one of {', '.join(SCENARIOS)}"])
    devices = invented(outlets) if registry is None else devices_of(read(registry))
    step = timedelta(seconds=interval * speed) if interval else _STEP * speed
    start = clock.now().replace(microsecond=0) - step * frames
    if interval:
        start += timedelta(seconds=interval) * frames
    plan = Plan(start=start, zone=Settings().zone, step=step, scenario=scenario, seed=seed)
    pace = Pace(frames=frames, interval=interval, in_flight=in_flight)
    tally = asyncio.run(_run(host, port, devices, plan, pace))
    for fault, count in sorted(tally.faults.items()):
        print(f"{count} devices: {fault}", file=sys.stderr)
    print(
        json.dumps(
            {
                "sent": tally.sent,
                "acked": tally.acked,
                "unacked": tally.unacked,
                "seconds": round(tally.seconds, 3),
            }
        )
    )
    if tally.faults and not tally.sent:
        sys.exit(1)


async def _run(host: str, port: int, devices: list[Device], plan: Plan, pace: Pace) -> Tally:
    total = (pace.frames or 0) * len(devices)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("frames answered", total=total)
        return await send(
            host, port, devices, plan, pace, lambda tally: bar.update(task, completed=tally.acked)
        )


def devices_of(books: Books) -> list[Device]:
    """The devices of a register's outlets, with its limits as what they could exceed."""
    return registered(
        [(o.mn, o.medium.value, o.password) for o in books.outlets],
        [(x.mn, x.pollutant, x.basis.value, x.limit, x.lower) for x in books.limits],
    )
