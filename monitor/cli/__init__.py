"""The command line: `offsite-monitor …`. A module per group of commands."""

from __future__ import annotations

import sys

from monitor.cli import daemon, hj212, registry, simulate, tokens
from monitor.cli.base import app, state
from monitor.errors import MonitorError

__all__ = ["app", "main"]

daemon.register(app)
simulate.register(app)
app.add_typer(registry.app, name="registry")
app.add_typer(tokens.app, name="token")
app.add_typer(hj212.app, name="hj212")


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
