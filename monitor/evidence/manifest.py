"""The manifest: every file's hash, chained in order, and a seal over all of it.

    chain(0) = sha256("offsite-monitor evidence 1 alert/17")
    chain(i) = sha256(chain(i-1) ‖ name(i) ‖ sha256(i))        all as text, hashes in lower-case hex
    head     = the last of them
    seal     = sha256(the manifest, canonical, without its `seal`)

Canonical JSON: keys sorted, no spaces, UTF-8, a newline at the end. The head depends on the contents
alone: the same alert in the same state has the same one whenever it is exported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.errors import MonitorError
from monitor.evidence.container import Entry, fit_name

NAME = "manifest.json"
FORMAT = "offsite-monitor evidence 1"
MAX_BYTES = 32 << 20


class ManifestError(MonitorError):
    """A manifest that cannot be read; its text is a line that says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a manifest says of one file."""

    name: str
    size: int
    sha256: str
    chain: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was read."""

    alert: int
    lines: tuple[Line, ...]
    head: str
    seal: str
    document: Mapping[str, Any]


def canonical(document: Any) -> bytes:
    """Canonical JSON."""
    text = json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode() + b"\n"


def first_link(alert: int) -> str:
    """What the chain of an alert's bundle begins with."""
    return _sha256(f"{FORMAT} alert/{alert}".encode())


def next_link(link: str, name: str, sha256: str) -> str:
    """The chain, one file further."""
    return _sha256(f"{link}{name}{sha256}".encode())


def _sha256(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()


def lines(alert: int, entries: Iterable[Entry]) -> list[Line]:
    """The lines of files in their order."""
    link, found = first_link(alert), []
    for name, content in entries:
        digest = _sha256(content)
        link = next_link(link, name, digest)
        found.append(Line(name, len(content), digest, link))
    return found


def build(alert: int, chained: Sequence[Line], about: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of files; `about` has what else it says (anchor, time, what was left out)."""
    document = dict(about) | {
        "format": FORMAT,
        "alert": alert,
        "entries": [
            {"name": each.name, "size": each.size, "sha256": each.sha256, "chain": each.chain}
            for each in chained
        ],
        "head": chained[-1].chain if chained else first_link(alert),
    }
    return document | {"seal": seal_of(document)}


def seal_of(document: Mapping[str, Any]) -> str:
    """The seal that a manifest should have."""
    return _sha256(canonical({key: v for key, v in document.items() if key != "seal"}))


def read(data: bytes) -> Manifest:
    """A manifest from its bytes; whether it holds is another question. Raises ManifestError."""
    if len(data) > MAX_BYTES:
        raise ManifestError("it is too large")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ManifestError("it is not JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ManifestError(f"it is not of the format {FORMAT!r}")
    try:
        read_lines = tuple(_line(each) for each in document["entries"])
        alert, head, seal = document["alert"], document["head"], document["seal"]
    except (KeyError, TypeError):
        raise ManifestError("it lacks what a manifest has") from None
    if type(alert) is not int or not isinstance(head, str) or not isinstance(seal, str):
        raise ManifestError("it lacks what a manifest has")
    names = [each.name for each in read_lines]
    if len(set(names)) != len(names) or not all(map(fit_name, names)) or NAME in names:
        raise ManifestError("it names a file twice, or one that no bundle has")
    return Manifest(alert, read_lines, head, seal, document)


def _line(each: Any) -> Line:
    kinds = {"name": str, "size": int, "sha256": str, "chain": str}
    if any(type(each[key]) is not kind for key, kind in kinds.items()):
        raise TypeError
    return Line(*(each[key] for key in kinds))


def is_canonical(data: bytes, manifest: Manifest) -> bool:
    """Whether a manifest is written in the one way there is."""
    try:
        return data == canonical(manifest.document)
    except (ValueError, RecursionError):
        return False
