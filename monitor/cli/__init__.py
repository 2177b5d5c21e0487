"""The command line: `offsite-monitor …`. A module per group of commands."""

from __future__ import annotations

import sys

from monitor.cli.base import app, state
from monitor.cli.daemon import check, demo_, migrate, run
from monitor.cli.hj212 import app as hj212
from monitor.cli.registry import app as registry
from monitor.cli.simulate import simulate
from monitor.cli.tokens import app as tokens
from monitor.errors import MonitorError

__all__ = ["app", "main"]

for command in (run, check, migrate, simulate):
    app.command()(command)
app.command("demo")(demo_)
app.add_typer(registry, name="registry")
app.add_typer(tokens, name="token")
app.add_typer(hj212, name="hj212")


def main() -> None:
    """Run a command: an error of ours is a line (or one per fault) on stderr and exit code 1."""
    try:
        app()
    except MonitorError as error:
        if state.debug:
            raise
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
