"""`observations`: tables that platforms export, into the store by a mapping profile."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TextIO

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn

from adapters.observations.codec import Reader
from adapters.observations.config import SHIPPED, Config
from adapters.observations.importing import FIRST, Importing, Sender, Summary
from adapters.observations.profile import Profile
from adapters.observations.reading import Batch, Fault
from adapters.observations.words import said
from monitor import clock, logs, policies
from monitor.adapter import AdapterConfig, Delivery
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_store, open_to_read, read_settings
from monitor.config import Settings
from monitor.errors import ConfigError, MonitorError
from monitor.filing import Filing
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.register import Register
from monitor.spreadsheet import guarded
from monitor.store import Store, audit, books

app = typer.Typer(help="Tables that platforms export (监测数据表).", no_args_is_help=True)

SOME_WRONG, STOPPED = 3, 4
"""Exit codes, besides 0 (every row that says anything is in), 1 (an error; what was stored stays) and 2
(wrong options): rows were left out; reading ended at the first of them, as asked."""

_STEP = 10
"""Per cent from one line of progress to the next, where there is no terminal."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, .xlsx, JSON lines or a JSON array.")],
    config: ConfigOption,
    profile: Annotated[
        str,
        typer.Option(help="An `observations` adapter's name, a shipped profile's, or a TOML file."),
    ],
    *,
    mn: Annotated[
        str | None, typer.Option(help="The device, where the table has no column of it.")
    ] = None,
    stop_on_error: Annotated[bool, typer.Option(help="Read up to the first wrong row.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Read all of it, store nothing.")] = False,
    first: Annotated[
        int, typer.Option(min=0, max=FIRST, help="How many wrong rows to show.")
    ] = FIRST,
    wrong_rows: Annotated[
        Path | None, typer.Option(help="A CSV file for every wrong row, with its reason.")
    ] = None,
) -> None:
    """Take a table in as a device's own reports are: kept, judged, told. The same again changes nothing.

    Safe beside a running daemon. Faults and progress go to stderr, a summary (JSON) to stdout.
    Exit 0: all is in; 1: an error; 3: some rows were wrong, the others are in; 4: stopped at the first.
    """
    logs.setup("WARNING")
    settings, adapters = read_settings(config)
    source, mapping, batch = _profile(profile, adapters)
    store = (open_to_read if dry_run else open_store)(config)[1]
    try:
        with file.open("rb") as opened, _listed(wrong_rows) as listed:
            with store.read() as connection:
                register = books.load(connection)
            now = clock.now()

            def importing(deliver: Any, known: Callable[[], Register]) -> Importing:
                units, knows = (
                    (lambda each: known().units(each)),
                    (lambda each: known().knows(each)),
                )
                reader = Reader(mapping, settings.zone, now, units=units, device=mn)
                sender = Sender(source=source, peer="import", received_at=now, name=file.name)
                return Importing(reader, sender, knows, deliver, batch, stop_on_error)

            with _progress(file.stat().st_size) as told:

                def tell(summary: Summary, made: Batch) -> None:
                    told(summary, made)
                    listed(made.wrong)

                if dry_run:
                    taking = importing(None, lambda: register).take(opened, tell)
                else:
                    taking = _stored(store, settings, register, importing, opened, tell)
                summary = asyncio.run(taking)
        if not dry_run:
            _audit(store, summary, file, source)
    finally:
        store.close()
    _end(summary, settings.language, first, dry_run=dry_run, stopped=stop_on_error)


@app.command()
def profiles() -> None:
    """Show the profiles that come with the product."""
    for name in SHIPPED.names():
        print(name)


def _profile(said_name: str, adapters: tuple[AdapterConfig, ...]) -> tuple[str, Profile, int]:
    """Whose name the frames bear, the profile, and how many rows are a frame."""
    own = [each for each in adapters if isinstance(each, Config)]
    for each in own:
        if each.name == said_name:
            return each.name, each.profile, each.batch
    batch: int = Config.model_fields["batch"].default
    if said_name in SHIPPED.names():
        return "observations", Profile.model_validate(SHIPPED.written(said_name)), batch
    if said_name.endswith(".toml"):
        return "observations", _of_file(Path(said_name)), batch
    names = ", ".join([each.name for each in own] + SHIPPED.names())
    raise ConfigError([f"--profile: there is no {said_name!r}, but {names}, or a TOML file"])


def _of_file(path: Path) -> Profile:
    try:
        return Profile.model_validate(SHIPPED.written(tomllib.loads(path.read_text("utf-8"))))
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        raise ConfigError([f"{path}: {key}: {reason}" for key, reason in faults]) from None
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from None


async def _stored(
    store: Store,
    settings: Settings,
    register: Register,
    importing: Callable[[Any, Callable[[], Register]], Importing],
    file: BinaryIO,
    tell: Callable[[Summary, Batch], None],
) -> Summary:
    """Through the same transaction as what adapters hear; one at a time, others get their turn."""
    intake = Intake(
        store=store,
        bench=partial(policies.bench, settings),
        metrics=Metrics(),
        changed=lambda: None,
        limits=policies.limits(settings),
        filing=Filing(policies.media(settings)),
    )
    intake.register = register
    running = asyncio.create_task(intake.run())

    async def deliver(deliveries: list[Delivery]) -> None:
        stored: Awaitable[None] = asyncio.ensure_future(intake.deliver(deliveries))
        await asyncio.wait({stored, running}, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]  # both are futures
        if running.done():
            raise MonitorError(f"the intake ended: {running.exception()!r}")
        await stored

    try:
        return await importing(deliver, lambda: intake.register).take(file, tell)
    finally:
        await intake.stop()
        await running


# --- telling --------------------------------------------------------------------------------------


@contextmanager
def _progress(size: int) -> Iterator[Callable[[Summary, Batch], None]]:
    """Bytes, per cent and rows: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _Lines(size)
        return
    columns = (
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("read", total=size, rows="")
        yield lambda s, _: bar.update(task, completed=s.end, rows=f"{s.rows:,} rows")


class _Lines:
    def __init__(self, size: int) -> None:
        self._size, self._next = size, _STEP

    def __call__(self, summary: Summary, _batch: Batch) -> None:
        percent = 100 * summary.end // max(1, self._size)
        if percent >= self._next:
            self._next = percent // _STEP * _STEP + _STEP
            done = f"{percent} %, {summary.end:,} of {self._size:,} bytes, {summary.rows:,} rows"
            print(done, file=sys.stderr, flush=True)


@contextmanager
def _listed(path: Path | None) -> Iterator[Callable[[list[Fault]], None]]:
    """A writer of wrong rows; none without a path."""
    if path is None:
        yield lambda _faults: None
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield _writer(file)


def _writer(file: TextIO) -> Callable[[list[Fault]], None]:
    out = csv.writer(file)
    out.writerow(("sheet", "row", "problem", "column", "value"))

    def write(faults: list[Fault]) -> None:
        for each in faults:
            texts = (guarded(text) for text in (each.problem, each.column, each.value))
            out.writerow((guarded(each.sheet), each.line, *texts))

    return write


def _audit(store: Store, summary: Summary, file: Path, source: str) -> None:
    entry = audit.Entry(
        at=clock.now(),
        actor=COMMAND_LINE.name,
        action="observations.import",
        object=f"observations/{source}",
        data=_shape(summary) | {"file": file.name},
    )
    with store.write() as connection:
        audit.append(connection, entry)


def _shape(summary: Summary) -> dict[str, Any]:
    return {
        "sha256": summary.file and summary.file.sha256,
        "rows": summary.rows,
        "taken": summary.taken,
        "wrong": summary.wrong,
        "doubted": summary.doubted,
        "unregistered": sorted(summary.strangers)[:FIRST],
        "problem": summary.broken and summary.broken.problem,
    }


def _end(summary: Summary, language: str, first: int, *, dry_run: bool, stopped: bool) -> None:
    for each in summary.first[:first]:
        where = f"第 {each.where} 行" if language == "zh" else f"row {each.where}"
        details = " ".join(filter(None, (each.column, each.value and repr(each.value))))
        reason = f"{said(each.problem, language)} [{each.problem}]"
        print(f"{where}: {reason} {details}".rstrip(), file=sys.stderr)
    rest = summary.wrong + summary.doubted - len(summary.first[:first])
    if rest > 0:
        print(f"另有 {rest} 处" if language == "zh" else f"and {rest} more", file=sys.stderr)
    print(json.dumps(_shape(summary) | {"dry_run": dry_run}, ensure_ascii=False))
    if summary.broken is not None:
        broken = summary.broken
        detail = f": {broken.detail}" if broken.detail else ""
        raise MonitorError(f"{said(broken.problem, language)} [{broken.problem}]{detail}")
    if summary.wrong:
        raise typer.Exit(STOPPED if stopped else SOME_WRONG)
