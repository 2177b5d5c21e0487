"""The command line: `offsite-monitor …`. A module per group of commands."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer

from monitor import __version__
from monitor.errors import MonitorError

__all__ = ["main", "program"]

_WHERE = {
    "run": "daemon:run",
    "check": "upkeep:check",
    "migrate": "upkeep:migrate",
    "simulate": "simulate:simulate",
    "backtest": "backtest:backtest",
    "openapi": "openapi:openapi",
    "demo": "demo:demo",
    "registry": "registry:app",
    "marks": "marks:app",
    "emergency-orders": "emergency_orders:app",
    "positive-list": "positive_list:app",
    "draws": "draws:draws",
    "complaints": "complaints:app",
    "limits": "limits:app",
    "rules": "rules:app",
    "token": "tokens:app",
    "device": "devices:app",
    "audit": "audit:app",
    "key": "keys:app",
    "logger": "loggers:app",
    "evidence": "evidence:app",
    "hj212": "hj212:app",
    "command": "commands:app",
    "observations": "observations:app",
    "report": "report:app",
    "records": "records:app",
}
"""Module and name of each command (a function) or group of them (a Typer), as the help lists them."""


@dataclass
class State:
    """What the options before the command say."""

    debug: bool = False


state = State()


def main() -> None:
    """Run a command: an error is a line (or one per fault) on stderr, and exit code 1.

    With `--debug` it is a traceback. 141 is what a shell reports of a command that wrote to a
    closed pipe.
    """
    named = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        program(named)()
    except BrokenPipeError:
        sys.stdout = None  # or it would be flushed, in vain, at the end
        sys.exit(141)
    except Exception as error:  # the top: nothing but a line may come out
        if state.debug:
            raise
        print(_line(error), file=sys.stderr)
        sys.exit(1)


def program(named: str | None = None) -> typer.Typer:
    """The command line with the command of that name alone, or with all where there is none of it.

    To import them all takes several times as long as most of them run.
    """
    app = typer.Typer(
        help="Off-site monitoring of enterprises: feeds in, on-site verification tasks out.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_options)
    for name in [named] if named in _WHERE else _WHERE:
        module, attribute = _WHERE[name].split(":")
        command = getattr(import_module(f"monitor.cli.{module}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"offsite-monitor {__version__}")
        raise typer.Exit


def _options(
    *,
    debug: Annotated[bool, typer.Option(help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    state.debug = debug
    del version


def _line(error: Exception) -> str:
    if isinstance(error, MonitorError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    reason = " ".join(str(error).split())[:200]
    return f"unexpected {type(error).__name__}: {reason} (offsite-monitor --debug … shows where)"
