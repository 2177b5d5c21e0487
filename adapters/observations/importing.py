"""Taking a file in, batch after batch, each a frame: for the door and for the command."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from adapters.hj212.text import without_control
from adapters.observations.codec import Reader
from adapters.observations.problems import DOUBT
from adapters.observations.reading import Batch, Fault, File, batches, looked_at
from adapters.observations.tables import Unreadable
from monitor.adapter import Delivery
from monitor.observation import Frame

FIRST = 20
"""Faults that are told one by one; of the others there is the number, and a list for who asks."""
_NAME = 80
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose a file is, for its frames."""

    source: str
    """The adapter's name."""
    peer: str
    received_at: datetime
    name: str = ""
    """The file's."""


@dataclass(slots=True)
class Summary:
    """What became of a file, so far."""

    file: File | None = None
    rows: int = 0
    """Of data; those neither taken nor wrong said nothing (or were summaries)."""
    taken: int = 0
    wrong: int = 0
    doubted: int = 0
    """Cells left empty in rows that were taken."""
    frames: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    first: list[Fault] = field(default_factory=list)
    """The first of what is wrong or doubted."""
    strangers: set[str] = field(default_factory=set)
    """Device codes that the register does not have; the first of them."""
    end: int = 0
    """How many bytes have been read."""
    broken: Unreadable | None = None
    """Why it was not read (further)."""

    def count(self, batch: Batch) -> None:
        """Add what a batch came to."""
        self.rows += batch.rows
        self.taken += batch.taken
        self.wrong += len(batch.wrong)
        self.doubted += len(batch.doubts)
        self.problems.update(each.problem for each in (*batch.wrong, *batch.doubts))
        room = max(0, FIRST - len(self.first))
        self.first += sorted((*batch.wrong, *batch.doubts))[:room] if room else []
        self.end = batch.end


_STRANGERS = 1_000


@dataclass(frozen=True, slots=True)
class Importing:
    """One way for all files."""

    reader: Reader
    sender: Sender
    known: Callable[[str], bool]
    deliver: Callable[[list[Delivery]], Awaitable[None]] | None
    """None = nothing is handed in, only read."""
    batch: int = 1000
    stop_on_error: bool = False

    async def take(
        self, file: BinaryIO, told: Callable[[Summary, Batch], None] = lambda _s, _b: None
    ) -> Summary:
        """Take a file in; a batch is asked for when the one before it is stored.

        What is wrong with the file is in the summary; raises what `deliver` does.
        """
        summary = Summary()
        try:
            known = summary.file = await asyncio.to_thread(looked_at, file)
            if known.kind == "workbook" and self.deliver is not None:
                file.seek(0)  # its rows are cut out of a package: the package is the evidence
                await self.deliver([Delivery(self._whole(known, file.read()))])
                summary.frames += 1
            made = batches(file, known, self.reader, self.batch, stop_on_error=self.stop_on_error)
            while (batch := await asyncio.to_thread(_next, made)) is not None:
                await self._hand_in(batch, known, summary)
                summary.count(batch)
                told(summary, batch)
        except Unreadable as unreadable:
            summary.broken = unreadable
        return summary

    async def _hand_in(self, batch: Batch, known: File, summary: Summary) -> None:
        devices = {each.mn for each in batch.readings}
        strangers = {mn for mn in devices if not self.known(mn)}
        summary.strangers |= set(sorted(strangers)[: _STRANGERS - len(summary.strangers)])
        if self.deliver is None:
            return
        problems = _problems(batch, known, strangers=bool(strangers))
        understood = bool(batch.readings) or not batch.wrong
        frame = Frame(
            source=self.sender.source,
            peer=self.sender.peer,
            received_at=self.sender.received_at,
            raw=b"".join(batch.raw),
            device=devices.pop() if len(devices) == 1 else None,
            verdict=("tolerated" if problems else "clean") if understood else "refused",
            problems=problems,
            note=self._note(known, f"rows={batch.first}-{batch.last}", batch.sheet),
        )
        await self.deliver([Delivery(frame, tuple(batch.readings))])
        summary.frames += 1

    def _whole(self, known: File, raw: bytes) -> Frame:
        return Frame(
            source=self.sender.source,
            peer=self.sender.peer,
            received_at=self.sender.received_at,
            raw=raw,
            note=self._note(known, "whole", ""),
        )

    def _note(self, known: File, part: str, sheet: str) -> str:
        zone = f"zone={self.reader.profile.zone}"
        words = [f"table={known.kind}", f"sha256={known.sha256}", part, zone]
        named = {"sheet": sheet, "file": self.sender.name}
        words += [f"{key}={_word(value)}" for key, value in named.items() if value]
        return " ".join(words)


def _word(text: str) -> str:
    return _BLANK.sub("_", without_control(text.encode("utf-8", "replace").decode()))[:_NAME]


def _next(made: Iterator[Batch]) -> Batch | None:
    return next(made, None)


def _problems(batch: Batch, known: File, *, strangers: bool) -> tuple[str, ...]:
    found = dict.fromkeys(each.problem for each in batch.wrong)
    names = sorted(
        found | dict.fromkeys(each.problem for each in batch.doubts if each.problem in DOUBT)
    )
    if known.encoding == "gb18030":
        names.insert(0, "gb18030")
    if batch.wrong:
        names.append("wrong-rows")
    if strangers:
        names.append("unknown-device")
    return tuple(names)
