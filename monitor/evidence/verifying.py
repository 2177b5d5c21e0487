"""Checking a bundle (核验证据包): nothing but the file is needed, and no byte of it goes unlooked at.

What is checked: the files are those of the manifest in its order, with its sizes and hashes; the chain
and the seal are what the manifest's own content makes; and the zip, written anew from what is in it, is
the file byte for byte. A bundle that somebody made anew as a whole holds in itself: that one is found
by comparing the head with the audit trail of the bureau.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.evidence import container, manifest
from monitor.evidence.container import Entry
from monitor.evidence.manifest import Manifest, ManifestError

_TOLD = 100
"""Faults of single files that are told one by one."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    holds: bool
    text: str


@dataclass
class Report:
    """What holds of a bundle and what does not."""

    checks: list[Check] = field(default_factory=list)
    found: Manifest | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was altered."""
        return bool(self.checks) and all(check.holds for check in self.checks)


def verify_file(path: Path) -> Report:
    """Check a file; OSError where it cannot be read."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if not 0 < size <= container.MAX_BYTES:
            said = "is empty" if not size else "is larger than any bundle"
            return Report([Check(False, f"the file {said}")])
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            data = memoryview(mapped)
            try:
                return verify(data)
            finally:
                data.release()


def verify(data: memoryview) -> Report:
    """Check the bytes of a bundle."""
    walked = container.walk(data)
    try:
        return _verified(data, walked)
    finally:  # whoever mapped the file wants to close it
        for _, content in walked.entries:
            if isinstance(content, memoryview):
                content.release()


def _verified(data: memoryview, walked: container.Walk) -> Report:
    report = Report()
    say = report.checks.append
    if walked.fault:
        say(
            Check(False, f"the container is damaged or was made by another program: {walked.fault}")
        )
    entries = walked.entries
    if not entries or entries[0][0] != manifest.NAME:
        say(Check(False, f"{manifest.NAME} is not the first file: this is no evidence bundle"))
        return report
    written, files = bytes(entries[0][1]), entries[1:]
    try:
        report.found = manifest.read(written)
    except ManifestError as error:
        say(Check(False, f"{manifest.NAME}: {error}"))
        return report
    report.checks += _of_manifest(written, report.found)
    report.checks += _of_files(report.found, files)
    if not walked.fault:
        at = container.differs(data, entries)
        again = "the container, written anew from its content, is the file byte for byte"
        say(Check(at is None, again if at is None else f"the container is altered at byte {at}"))
    return report


def _of_manifest(written: bytes, found: Manifest) -> Iterator[Check]:
    if not manifest.is_canonical(written, found):
        yield Check(False, f"{manifest.NAME} is not written canonically")
        return
    yield Check(True, f"{manifest.NAME} is canonical")
    sealed = found.seal == manifest.seal_of(found.document)
    yield Check(sealed, f"the seal is {'' if sealed else 'not '}that of the manifest")
    link, broken = manifest.first_link(found.alert), None
    for line in found.lines:
        link = manifest.next_link(link, line.name, line.sha256)
        if link != line.chain:
            broken = line.name
            break
    whole = broken is None and link == found.head
    said = "leads from its first link to the head" if whole else f"breaks at {broken or 'the head'}"
    yield Check(whole, f"the chain of {len(found.lines)} files {said}")


def _of_files(found: Manifest, files: list[Entry]) -> Iterator[Check]:
    """Names and their order, then every file against its line."""
    stated, there = [line.name for line in found.lines], [name for name, _ in files]
    yield from _of_names(stated, there)
    contents: dict[str, Entry] = {}
    for entry in files:
        contents.setdefault(entry[0], entry)
    faults, good, frames = [], [], 0
    for line in found.lines:
        if line.name not in contents:
            continue
        fault = _fault(line, contents[line.name][1])
        if fault:
            faults.append(f"{line.name}: {fault}")
        elif line.name.startswith("frames/"):
            frames += 1
        else:
            good.append(line.name)
    yield from (Check(True, f"{name}: size and hash") for name in good)
    if frames:
        yield Check(True, f"frames/: size and hash of {frames} frames")
    yield from _some(faults)


def _of_names(stated: list[str], there: list[str]) -> Iterator[Check]:
    if stated == there:
        yield Check(True, f"the files are the {len(stated)} of the manifest, in its order")
        return
    known, had = set(stated), set(there)
    faults = [f"{name} is missing" for name in stated if name not in had]
    faults += [f"{name} is not in the manifest" for name in there if name not in known]
    seen: set[str] = set()
    for name in there:
        if name in seen and name in known:
            faults.append(f"{name} is there more than once")
        seen.add(name)
    yield from _some(faults or ["the files are in another order than the manifest's"])


def _fault(line: manifest.Line, content: container.Content) -> str | None:
    if len(content) != line.size:
        return f"has {len(content)} bytes, the manifest says {line.size}"
    if hashlib.sha256(content).hexdigest() != line.sha256:
        return "its content is altered"
    return None


def _some(faults: list[str]) -> Iterator[Check]:
    yield from (Check(False, fault) for fault in faults[:_TOLD])
    if len(faults) > _TOLD:
        yield Check(False, f"… and {len(faults) - _TOLD} more")
