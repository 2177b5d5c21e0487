"""`backtest`: the rules over stored data, as live detection would have judged it."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from monitor import clock, policies
from monitor.alerting import Bench
from monitor.backtest import Backtest, heard, side_by_side
from monitor.cli.base import ConfigOption, instant, open_to_read, read_settings
from monitor.clock import to_ms
from monitor.config import Settings
from monitor.errors import ConfigError
from monitor.rules import NAMES
from monitor.store import Store, books


def backtest(
    config: ConfigOption,
    since: Annotated[
        str, typer.Option("--from", help="A day, or an instant with its offset (RFC 3339).")
    ],
    until: Annotated[
        str, typer.Option("--to", help="The last day, or the instant at which it ends.")
    ],
    rule: Annotated[list[str] | None, typer.Option(help=f"Only these: {', '.join(NAMES)}.")] = None,
    mn: Annotated[list[str] | None, typer.Option(help="Only these outlets.")] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="A second configuration file: how that judges, side by side."),
    ] = None,
    register_as_of: Annotated[
        str | None,
        typer.Option(help="A second set of rules by the register as it stood at an instant."),
    ] = None,
) -> None:
    """Run the rules over stored data as live detection would have; writes nothing to the database.

    Alerts are JSON lines, by outlet, rule, period, pollutant and start; a summary goes to stderr.
    """
    began = time.monotonic()
    settings, store = open_to_read(config)
    zone = settings.zone
    span = (instant("--from", since, zone), instant("--to", until, zone, end=True))
    if span[0] >= span[1]:
        raise ConfigError(["--from: must lie before --to"])
    second_of = _second(settings, against, register_as_of)
    with store.read() as connection:
        first = policies.bench(settings, books.load(connection))
    sets = [first] if second_of is None else [first, second_of(store, first)]
    tests = [
        Backtest(
            store=store,
            bench=bench,
            since_ms=to_ms(span[0]),
            until_ms=to_ms(span[1]),
            rules=_known(rule),
            now=clock.now(),
        )
        for bench in sets
    ]
    summary = _Summary(_known(rule), side_by_side=len(tests) > 1)
    for line in _lines(store, tests, mn):
        summary.count(line)
        print(json.dumps(line, ensure_ascii=False))
    store.close()
    summary.show(time.monotonic() - began)


def _known(rules: Sequence[str] | None) -> Sequence[str]:
    unknown = [
        f"--rule: no {name!r}; one of {', '.join(NAMES)}"
        for name in rules or ()
        if name not in NAMES
    ]
    if unknown:
        raise ConfigError(unknown)
    return [name for name in NAMES if not rules or name in rules]


def _second(
    settings: Settings, against: Path | None, as_of: str | None
) -> Callable[[Store, Bench], Bench] | None:
    """The second set of rules, if one is asked for: other settings, other books, or both."""
    if against is None and as_of is None:
        return None
    other = settings if against is None else read_settings(against)[0]
    at = None if as_of is None else instant("--register-as-of", as_of, settings.zone)

    def second(store: Store, first: Bench) -> Bench:
        register = first.register
        if at is not None:
            with store.read() as connection:
                register = books.as_of(connection, at)
        # told in one language and one zone, or no two lines would be the same
        bench = policies.bench(other, register)
        return replace(bench, zone=first.zone, language=first.language)

    return second


def _lines(
    store: Store, tests: Sequence[Backtest], wanted: Sequence[str] | None
) -> Iterable[dict[str, Any]]:
    known = set[str]().union(*(test.outlets() for test in tests))
    strangers = [f"--mn: {mn}: not in the register" for mn in wanted or () if mn not in known]
    if strangers:
        raise ConfigError(strangers)
    numbers = heard(store, sorted(set(wanted) if wanted else known))
    jobs = sum(len(test.jobs(mn)) for test in tests for mn in numbers)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("judged", total=jobs * (tests[0].until_ms - tests[0].since_ms))
        for mn, device in sorted(numbers.items()):
            found = [test.alerts(mn, device, lambda ms: bar.advance(task, ms)) for test in tests]
            yield from side_by_side(*found) if len(found) > 1 else found[0]


@dataclass
class _Summary:
    """What was found, by rule."""

    rules: Sequence[str]
    side_by_side: bool
    _alerts: Counter[str] = field(default_factory=Counter)
    _periods: Counter[str] = field(default_factory=Counter)
    _outlets: dict[str, set[str]] = field(default_factory=dict)
    _sets: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, line: dict[str, Any]) -> None:
        """Add an alert."""
        rule = line["rule"]
        self._alerts[rule] += 1
        self._periods[rule] += line["count"]
        self._outlets.setdefault(rule, set()).add(line["outlet"])
        self._sets[rule, line.get("set", "")] += 1

    def show(self, seconds: float) -> None:
        """A line a rule on stderr."""
        for rule in self.rules:
            outlets = len(self._outlets.get(rule, ()))
            text = (
                f"{rule}: {self._alerts[rule]} alerts, {self._periods[rule]} periods, "
                f"{outlets} outlets"
            )
            if self.side_by_side:
                sets = (f"{self._sets[rule, name]} {name}" for name in ("both", "first", "second"))
                text += f"; {', '.join(sets)}"
            print(text, file=sys.stderr)
        print(f"{seconds:.1f} seconds", file=sys.stderr)
