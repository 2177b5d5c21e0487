"""`demo`: the main job on one machine, with everything real but the devices and the receiver.

A daemon on SQLite, a sample register, simulated analysers on TCP, a webhook receiver. An exceedance at
a listed enterprise becomes a task within seconds; whoever watches may claim and complete it with the
`curl` lines shown. With `--once` an officer of the demo does that through the API, and the demo ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from adapters.replay import Pace, Plan, send
from monitor import clock, logs
from monitor.actions import tokens
from monitor.app import Daemon
from monitor.cli.base import COMMAND_LINE, SCHEMAS
from monitor.cli.receiver import Receiver
from monitor.cli.simulate import devices_of
from monitor.config import parse
from monitor.registry import import_books, read
from monitor.store import Store, schema
from monitor.tokens import Role

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "registry"
_PATIENCE = 120.0
_SHOWN_EVERY = 1.0
_LINES_EVERY = 10
_WIDTH = 78


@dataclass
class Story:
    """What has happened so far."""

    task: int | None = None
    webhook: bool = False
    completed: bool = False
    told: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        """Whether the whole main job has been seen."""
        return self.task is not None and self.webhook and self.completed


def demo(
    *,
    speed: Annotated[float, typer.Option(help="Simulated time runs so many times faster.")] = 1200,
    once: Annotated[
        bool, typer.Option(help="End when a task, a webhook and a verification are through.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where the demo keeps its database; default: a new folder.")
    ] = None,
) -> None:
    """Run the main job on this machine, with simulated devices and a webhook receiver."""
    sys.exit(asyncio.run(_run(speed=speed, once=once, folder=folder)))


async def _run(*, speed: float, once: bool, folder: Path | None) -> int:
    """Run the demo; 0 when it ended as it should."""
    with contextlib.ExitStack() as stack:
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="offsite-monitor-demo-")
            folder = Path(stack.enter_context(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        logs.setup()
        logging.getLogger().setLevel(logging.ERROR)  # warnings are for a bureau, not a demo
        async with Receiver() as receiver:
            return await _with_daemon(folder, receiver, speed, once=once)


async def _with_daemon(folder: Path, receiver: Receiver, speed: float, *, once: bool) -> int:
    database = f"sqlite:///{folder / 'demo.db'}"
    settings, adapters = parse(
        {
            "database": {"url": database},
            "media": {"folder": folder / "media"},
            "http": {"port": 0},
            "webhooks": {"allow": ["127.0.0.0/8"]},
            "adapters": [{"type": "hj212", "name": "emissions", "host": "127.0.0.1", "port": 0}],
        },
        SCHEMAS,
        "demo",
    )
    store = Store(database)
    schema.upgrade(store)
    import_books(store, SAMPLES, now=clock.now(), zone=settings.zone)
    daemon = Daemon(settings, adapters, store)
    running = asyncio.create_task(daemon.run())
    try:
        await _up(daemon, running)
        async with _client(daemon) as client:
            return await Demo(daemon, client, receiver, speed, once=once).play(running)
    finally:
        daemon.stopping.set()
        await running
        store.close()


async def _up(daemon: Daemon, running: asyncio.Task[None]) -> None:
    while not (daemon.adapters and all(a.status()["ready"] for a in daemon.adapters.values())):
        if running.done():
            running.result()
        await asyncio.sleep(0.05)


def _token(daemon: Daemon, name: str, role: Role) -> str:
    for token in tokens.listed(daemon.desk, COMMAND_LINE, in_force=True):
        if token["name"] == name:  # of a demo before in the same folder
            tokens.revoke(daemon.desk, COMMAND_LINE, token["id"])
    return tokens.create(daemon.desk, COMMAND_LINE, name, role)[1]


@contextlib.asynccontextmanager
async def _client(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    token = _token(daemon, "示例主管", Role.SUPERVISOR)
    async with httpx.AsyncClient(
        base_url=f"{daemon.url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    ) as client:
        yield client


@dataclass
class Demo:
    """The story, told on a terminal."""

    daemon: Daemon
    client: httpx.AsyncClient
    receiver: Receiver
    speed: float
    once: bool
    story: Story = field(default_factory=Story)

    def __post_init__(self) -> None:
        self.console = Console(highlight=False)
        self.live = self.console.status("", spinner="dots")
        self.officer = _token(self.daemon, "示例执法员", Role.OFFICER)

    async def play(self, running: asyncio.Task[None]) -> int:
        """Subscribe, let the devices report, tell what happens; until Ctrl-C, or the story's end."""
        hook = {"url": self.receiver.url, "types": ["alert.*", "task.*"]}
        answer = await self.client.post("/webhooks", json=hook)
        answer.raise_for_status()
        self.receiver.secret = answer.json()["secret"]
        self._introduce()
        parts = [
            asyncio.create_task(part) for part in (self._devices(), self._tell(), self._queue())
        ]
        try:
            with self.live if self.console.is_terminal else contextlib.nullcontext():
                async with asyncio.timeout(_PATIENCE if self.once else None):
                    await self._until_done(running, parts)
        except TimeoutError:
            self.console.print(f"after {_PATIENCE:.0f} s the story is not through: {self.story}")
            return 1
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        self.console.print(f"\nended: {self._counters()}")
        return 0

    async def _until_done(
        self, running: asyncio.Task[None], parts: list[asyncio.Task[None]]
    ) -> None:
        """Until Ctrl-C ends the daemon or the story is through; what a part raises is raised."""
        waiting = {running, *parts}
        while not (self.once and self.story.done) and not running.done():
            done, waiting = await asyncio.wait(waiting, timeout=0.2)
            if not self.daemon.stopping.is_set():  # an API that ends refuses those who still ask
                for part in done - {running}:
                    part.result()

    async def _devices(self) -> None:
        """The outlets of the sample register, from some hours ago, time running faster."""
        devices = devices_of(read(SAMPLES))
        interval = 0.25
        port = self.daemon.adapters["emissions"].status()["port"]
        step = timedelta(seconds=interval * self.speed)
        start = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
        plan = Plan(start=start, zone=self.daemon.settings.zone, step=step, scenario="exceedance")
        ahead = int(timedelta(hours=6) / step)
        await send("127.0.0.1", port, devices, plan, Pace(frames=ahead * 2, interval=interval))
        live = Plan(
            start=clock.now().replace(microsecond=0),
            zone=self.daemon.settings.zone,
            step=timedelta(seconds=5),
        )
        await send("127.0.0.1", port, devices, live, Pace(frames=None, interval=5))

    async def _queue(self) -> None:
        """Poll as an officer's app does; with `--once`, take the first task and finish it."""
        headers = {"Authorization": f"Bearer {self.officer}", "Prefer": "wait=20"}
        shown: set[int] = set()
        while True:
            answer = await self.client.get(
                "/tasks", params={"state": "queued"}, headers=headers, timeout=40
            )
            answer.raise_for_status()
            for task in answer.json()["items"]:
                if task["id"] not in shown:
                    shown.add(task["id"])
                    self._show(task)
                if self.once and not self.story.completed:
                    await self._verify(task["id"], headers)
            await asyncio.sleep(0.5)

    async def _verify(self, task: int, headers: dict[str, str]) -> None:
        claim = await self.client.post(f"/tasks/{task}/claim", json={}, headers=headers)
        claim.raise_for_status()
        lease = claim.json()["lease"]["token"]
        report = _report(lease)
        answer = await self.client.post(f"/tasks/{task}/complete", json=report, headers=headers)
        answer.raise_for_status()
        closed = await self.client.post(f"/tasks/{task}/close", json={"reason": "核实无误（示例）"})
        closed.raise_for_status()
        self.story.completed = True
        self.console.print(f"[green]task {task}: claimed, reported and closed[/]")

    async def _tell(self) -> None:
        """What the receiver gets, and the counters: in one line on a terminal, else now and then."""
        said, wait = "", 0
        while True:
            await asyncio.sleep(_SHOWN_EVERY)
            for event in self.receiver.taken():
                good = "signature good" if event.verified else "[red]signature WRONG[/]"
                self.console.print(f"webhook  {event.kind:<14} {event.id[:16]}…  {good}")
                self.story.webhook |= event.verified and event.kind == "task.queued"
            counters = self._counters()
            self.live.update(counters)
            wait -= 1
            if not self.console.is_terminal and counters != said and wait <= 0:
                self.console.print(counters, soft_wrap=True)
                said, wait = counters, _LINES_EVERY

    def _introduce(self) -> None:
        url = self.daemon.url
        port = self.daemon.adapters["emissions"].status()["port"]
        self._plain(
            f"""
API       {url}/api/v1
docs      {url}/docs
metrics   {url}/metrics
HJ 212    127.0.0.1:{port}
webhooks  {self.receiver.url} (a receiver of the demo)

Poll the queue as an officer, from another terminal; Ctrl-C here ends the demo:

  API={url}/api/v1
  TOKEN={self.officer}
  curl -H "Authorization: Bearer $TOKEN" -H 'Prefer: wait=30' \\
    "$API/tasks?state=queued"
"""
        )

    def _show(self, task: dict[str, Any]) -> None:
        first = self.story.task is None
        self.story.task = task["id"]
        listing, enterprise = task["listing"], task["enterprise"]
        listed = f"清单内（第{listing['category']}类）" if listing["listed"] else "清单外"
        table = Table.grid(padding=(0, 2))
        table.add_row("企业", f"{enterprise['name']}（{enterprise['district']}，{listed}）")
        table.add_row("事由", task["reason"])
        table.add_row("期限", task["due_at"][:16].replace("T", " "))
        title = f"[bold]现场核查任务 {task['id']}[/]"
        self.console.print(Panel(table, title=title, title_align="left", width=_WIDTH))
        if first and not self.once:
            self._plain(_HOW_TO.format(task=task["id"], at=_now()))

    def _counters(self) -> str:
        rows = self.daemon.metrics.totals()
        return "  ".join(f"{name.replace('_', ' ')} {value:,.0f}" for name, value in rows.items())

    def _plain(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)


_HOW_TO = """Claim it, and complete it with the lease that the answer names:

  curl -X POST -H "Authorization: Bearer $TOKEN" "$API/tasks/{task}/claim"
  LEASE=…
  curl -X POST -H "Authorization: Bearer $TOKEN" "$API/tasks/{task}/complete" \\
    -H 'Content-Type: application/json' -d '{{"lease": "'$LEASE'",
    "result": "confirmed", "findings": "超标属实，已责令改正（示例）",
    "inspected_at": "{at}",
    "officers": ["99000001", "99000002"]}}'
"""


def _now() -> str:
    return clock.rfc3339(clock.now().replace(microsecond=0))


def _report(lease: str) -> dict[str, Any]:
    return {
        "lease": lease,
        "result": "confirmed",
        "findings": "超标属实，已责令改正（示例）",
        "inspected_at": _now(),
        "officers": ["99000001", "99000002"],
    }
