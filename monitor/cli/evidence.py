"""`evidence`: the bundle of an alert (证据包), and checking one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import evidence
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, show_table
from monitor.clock import rfc3339
from monitor.errors import ConfigError, StoreError
from monitor.evidence.gathering import EXPORT
from monitor.evidence.verifying import Report, verify_file
from monitor.store import audit
from monitor.store.evidence import exports_of

app = typer.Typer(
    help="Evidence of an alert: a bundle that anybody can check.", no_args_is_help=True
)


@app.command()
def export(
    alert: Annotated[int, typer.Argument(min=1, help="The alert's number.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write (.zip).")],
    config: ConfigOption,
) -> None:
    """Write the evidence bundle of an alert; its head goes into the audit trail.

    A file that is there is never overwritten.
    """
    desk = open_desk(config)
    try:
        file = out.open("xb")
    except FileExistsError:
        raise ConfigError([f"{out}: is there already; name another file"]) from None
    try:
        with file:
            bundle = evidence.export(desk, COMMAND_LINE, alert)
            file.write(bundle.content)
    except BaseException:
        out.unlink()
        raise
    print(f"written to {out}, {len(bundle.content)} bytes")
    print(f"head {bundle.head}")


@app.command()
def exported(
    alert: Annotated[int, typer.Argument(min=1, help="The alert's number.")], config: ConfigOption
) -> None:
    """Show the heads of an alert's bundles, as the audit trail has them. Exit 1 if that is altered."""
    desk = open_desk(config)
    with desk.store.snapshot() as connection:
        rows = exports_of(connection, alert, EXPORT)
        fault = audit.verify(connection)
    shown = [
        (str(row.seq), rfc3339(row.at, desk.zone), row.actor, row.data["head"], row.data["seal"])
        for row in rows
    ]
    show_table(("entry", "at", "by", "head", "seal"), shown)
    if fault:
        raise StoreError(f"the audit trail does not hold: {fault}")


@app.command()
def verify(file: Annotated[Path, typer.Argument(help="The bundle.")]) -> None:
    """Check a bundle; nothing but the file is needed. Exit 1 if anything was altered."""
    report = verify_file(file)
    for check in report.checks:
        print(f"{'holds  ' if check.holds else 'ALTERED'}  {check.text}")
    _compare(report)
    if not report.holds:
        print("the bundle is not as it was exported")
        raise typer.Exit(1)
    print("nothing was altered since the manifest was made")


def _compare(report: Report) -> None:
    """What whoever doubts the whole bundle compares with the bureau's audit trail."""
    found = report.found
    if found is None:
        return
    print(f"alert   {found.alert}")
    if len(found.lines) > 1:
        print(f"page    {found.lines[-2].chain}  (the chain up to it, as printed on the page)")
    print(f"head    {found.head}  (compare with `evidence.export` in the audit trail)")
    print(f"seal    {found.seal}")
