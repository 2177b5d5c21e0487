"""`hj212`: frames to JSON and back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.hj212 import codec
from monitor.errors import MonitorError

app = typer.Typer(help="HJ 212 frames, decoded and encoded.", no_args_is_help=True)


@app.command()
def decode(
    file: Annotated[str, typer.Argument(help="A file of frames; - for standard input.")] = "-",
) -> None:
    """Print a JSON object a frame, damaged ones included, and `skipped` for bytes of no frame."""
    source = sys.stdin.buffer if file == "-" else _open(file)
    for item in codec.decode_stream(source):
        print(json.dumps(item, ensure_ascii=False))


def _open(file: str):  # type: ignore[no-untyped-def]
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise MonitorError(f"{file}: {error.strerror}") from None


@app.command()
def encode() -> None:
    """Read JSON objects, one a line, in the shape that `decode` prints; write frames."""
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            sys.stdout.buffer.write(codec.encode(json.loads(line)))
        except ValueError as error:
            raise MonitorError(f"line {number}: {error}") from None
    sys.stdout.buffer.flush()
