"""`hj212`: frames to JSON and back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from adapters.hj212 import codec
from adapters.hj212.times import CHINA
from monitor.errors import MonitorError
from monitor.keys import Key

_CHUNK = 65_536

app = typer.Typer(help="HJ 212 frames, decoded and encoded.", no_args_is_help=True)


@app.command()
def decode(
    file: Annotated[str, typer.Argument(help="A file of frames; - for standard input.")] = "-",
    key_file: Annotated[
        Path | None, typer.Option(help="Keys to decrypt with: lines of `MN key`, * for every MN.")
    ] = None,
) -> None:
    """Print a JSON object a frame, damaged ones included, and `skipped` for bytes of no frame.

    Exits 1 if frames and skipped bytes do not add up to what was read.
    """
    keys = _keys(key_file) if key_file else {}
    framer = codec.Framer()
    read = accounted = 0
    for chunk in _chunks(file):
        read += len(chunk)
        accounted += _show(framer.feed(chunk), keys)
    accounted += _show(framer.close(), keys)
    if read != accounted:
        raise MonitorError(f"{read - accounted} of {read} bytes are not accounted for")


def _chunks(file: str) -> Iterator[bytes]:
    """What there is, as it comes: a pipe may stay open."""
    with open(0 if file == "-" else file, "rb", buffering=0, closefd=file != "-") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _keys(path: Path) -> dict[str, list[Key]]:
    """The keys of each MN. A fault names its line and repeats nothing of it."""
    found: dict[str, list[Key]] = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise MonitorError(f"{path}: not a text in UTF-8") from None
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            mn, secret = words
            found.setdefault(mn, []).append(Key(secret.encode()))
        except ValueError:
            raise MonitorError(f"{path}: line {number}: an MN and a key of 16 characters") from None
    return found


def _show(items: list[bytes | codec.Noise], keys: dict[str, list[Key]]) -> int:
    """Print frames and gaps; answers how many bytes they are."""
    size = 0
    for item in items:
        if isinstance(item, codec.Noise):
            size += item.count
            shape = {"skipped": item.count}
        else:
            size += len(item)
            shape = codec.to_json(_message(item, keys), CHINA)
        print(json.dumps(shape, ensure_ascii=False), flush=True)
    return size


def _message(raw: bytes, keys: dict[str, list[Key]]) -> codec.Message:
    message = codec.decode(raw)
    if not keys or not codec.may_be_sealed(message):
        return message
    found = codec.unseal(message, [*keys.get(message.mn or "", ()), *keys.get("*", ())])
    return found[0] if found else message


@app.command()
def encode() -> None:
    """Read JSON objects, one a line, in the shape that `decode` prints; write frames.

    Lines of `skipped` bytes are passed over.
    """
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            try:
                sys.stdout.buffer.write(_frame(line))
            except ValueError as error:
                raise MonitorError(f"line {number}: {error}") from None
    sys.stdout.buffer.flush()


def _frame(line: bytes) -> bytes:
    shape = json.loads(line)
    if not isinstance(shape, dict):
        raise ValueError("not a JSON object")
    if shape.keys() == {"skipped"}:
        return b""
    try:
        return codec.encode(shape)
    except (AttributeError, TypeError) as error:
        raise ValueError(f"not the shape of a frame: {error}") from None
