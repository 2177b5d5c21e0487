"""The command line: `offsite-monitor …`. A module per group of commands."""

from __future__ import annotations

import sys

from monitor.cli.audit import app as audit
from monitor.cli.backtest import backtest
from monitor.cli.base import app, state
from monitor.cli.commands import app as commands
from monitor.cli.daemon import check, demo_, migrate, run
from monitor.cli.devices import app as devices
from monitor.cli.evidence import app as evidence
from monitor.cli.hj212 import app as hj212
from monitor.cli.keys import app as keys
from monitor.cli.limits import app as limits
from monitor.cli.loggers import app as loggers
from monitor.cli.marks import app as marks
from monitor.cli.openapi import openapi
from monitor.cli.registry import app as registry
from monitor.cli.simulate import simulate
from monitor.cli.tokens import app as tokens
from monitor.errors import MonitorError

__all__ = ["app", "main"]

for command in (run, check, migrate, simulate, backtest, openapi):
    app.command()(command)
app.command("demo")(demo_)
app.add_typer(registry, name="registry")
app.add_typer(marks, name="marks")
app.add_typer(limits, name="limits")
app.add_typer(tokens, name="token")
app.add_typer(devices, name="device")
app.add_typer(audit, name="audit")
app.add_typer(keys, name="key")
app.add_typer(loggers, name="logger")
app.add_typer(evidence, name="evidence")
app.add_typer(hj212, name="hj212")
app.add_typer(commands, name="command")


def main() -> None:
    """Run a command: an error is a line (or one per fault) on stderr, and exit code 1.

    With `--debug` it is a traceback. 141 is what a shell reports of a command that wrote to a
    closed pipe.
    """
    try:
        app()
    except BrokenPipeError:
        sys.stdout = None  # or it would be flushed, in vain, at the end
        sys.exit(141)
    except Exception as error:  # the top: nothing but a line may come out
        if state.debug:
            raise
        print(_line(error), file=sys.stderr)
        sys.exit(1)


def _line(error: Exception) -> str:
    if isinstance(error, MonitorError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    reason = " ".join(str(error).split())[:200]
    return f"unexpected {type(error).__name__}: {reason} (offsite-monitor --debug … shows where)"
