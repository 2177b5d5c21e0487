"""Sub-packets (分包): what belongs together, when it is whole, and when it is given up.

HJ 212-2017 6.3.1 splits what is longer than 1024 bytes; PNUM says into how many, PNO which one. Every
sub-packet has a QN of its own and repeats the DataTime, so a set is known by MN, ST, CN, DataTime and
PNUM. Pure: the caller says what became durable (`kept`) and what did not (`lost`).
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.hj212.header import MOST_PARTS, names_device
from adapters.hj212.message import PACKET_NUMBERS, Message
from adapters.hj212.periods import PERIODS
from monitor.clock import to_ms
from monitor.observation import Frame

TOGETHER = timedelta(seconds=30)
"""A part without a DataTime joins only what was heard so recently: three resends of 10 s."""

_SETS, _BYTES = 10_000, 64 << 20
_SETS_OF_DEVICE, _BYTES_OF_DEVICE = 32, 1 << 20
_REMEMBERED = 20_000

_DATA_TIME = re.compile(rb"DataTime\s*=\s*([0-9]{14})")

Family = tuple[str, str, str, int]
"""MN, ST, CN and PNUM."""


def belongs(message: Message) -> bool:
    """Whether a frame is a part of readings that must wait for its other parts."""
    number, total = message.packet
    return (
        number is not None
        and total is not None
        and 2 <= total <= MOST_PARTS
        and 1 <= number <= total
        and message.cn in PERIODS
        and message.sound
        and not message.encrypted
        and names_device(message.mn)
    )


def is_absurd(total: int | None) -> bool:
    """Whether there are said to be more parts than can be waited for."""
    return total is not None and total > MOST_PARTS


@dataclass(slots=True, eq=False)
class Part:
    """One sub-packet."""

    number: int
    message: Message
    frame: Frame
    mark: bytes
    """The same for repetitions: of the content, or of all bytes where it has no DataTime."""
    durable: bool = False
    flights: int = 0
    """Deliveries under way that hold it."""

    @property
    def content(self) -> bytes:
        """What it adds to the whole."""
        return PACKET_NUMBERS.sub(b"", self.message.content or b"")

    @property
    def standing(self) -> bool:
        """Whether it is durable, or may yet become so."""
        return self.durable or self.flights > 0


@dataclass(slots=True, eq=False)
class PacketSet:
    """The parts of one upload that have come."""

    key: str
    family: Family
    data_time: bytes | None
    touched: datetime
    """When the last part came that it lacked."""
    known: bool = True
    """Whether its device is registered."""
    parts: dict[int, Part] = field(default_factory=dict)
    marks: dict[int, bytes] = field(default_factory=dict)
    """Of a set that is whole: what repetitions of its parts look like."""
    size: int = 0

    @property
    def total(self) -> int:
        """PNUM."""
        return self.family[3]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return len(self.parts) == self.total

    @property
    def in_order(self) -> list[Part]:
        """Its parts by their numbers."""
        return [self.parts[number] for number in sorted(self.parts)]


def _read(message: Message, frame: Frame) -> tuple[Family, bytes | None, Part]:
    """To what a part belongs, and itself."""
    number, total = message.packet
    assert number is not None, "belongs() was asked"
    assert total is not None
    header = message.header
    family = (header.mn or "", header.st or "", header.cn or "", total)
    content = message.content or b""
    found = _DATA_TIME.search(content)
    mark = hashlib.blake2b(content if found else message.raw, digest_size=16).digest()
    return family, found[1] if found else None, Part(number, message, frame, mark)


class Taken(NamedTuple):
    """What became of a part."""

    part: Part
    key: str | None
    """Hold it under this key; None = a repetition of what is safe already."""
    ended: list[PacketSet]
    """Sets that are whole now, or given up to make room: deliver and release them."""


class Assembler:
    """The open sets of all devices, bounded in number and bytes; beyond that the oldest goes, one of an
    unregistered device first: strangers could open any number.
    """

    def __init__(self, expiry: timedelta) -> None:
        self._expiry = expiry
        self._open: dict[str, PacketSet] = {}
        self._strange: dict[str, PacketSet] = {}
        self._of_device: dict[str, list[PacketSet]] = {}
        self._ended: dict[str, PacketSet] = {}
        self._whole: dict[tuple[Family, bytes | None], PacketSet] = {}
        self._latest: dict[Family, PacketSet] = {}
        self._size = 0
        self._serials = itertools.count()

    @property
    def waiting(self) -> tuple[int, int]:
        """How many sets are open, and their bytes."""
        return len(self._open), self._size

    # What comes

    def take(self, message: Message, frame: Frame, *, known: bool = True) -> Taken:
        """Add a part (one that `belongs`) of a device that is registered, or not `known`."""
        family, data_time, part = _read(message, frame)
        ended: list[PacketSet] = []
        before = self._repeated(family, data_time, part)
        if before is not None:
            return self._again(before, part)
        chosen = self._choose(family, data_time, part, ended)
        if chosen is None:
            chosen = self._begin(family, data_time, part, known=known)
        self._add(chosen, part)
        if chosen.whole:
            ended.append(self._end(chosen))
        ended += self._make_room(family[0])
        return Taken(part, chosen.key, ended)

    def restore(self, key: str, parts: list[tuple[Message, Frame]], *, known: bool = True) -> None:
        """Open a set again that was held when the process ended; what is whole ends with `due`."""
        for message, frame in parts:
            if not belongs(message):
                continue
            family, data_time, part = _read(message, frame)
            held = self._open.get(key)
            if held is None:
                held = PacketSet(key, family, None, frame.received_at, known)
                self._enter(held)
            if part.number not in held.parts and held.family == family:
                part.durable = True
                self._add(held, part)
                held.data_time = held.data_time or data_time

    def due(self, now: datetime, most: int) -> list[PacketSet]:
        """Some sets whose other parts do not come any more; repetitions of older ones are forgotten."""
        for identity, done in list(self._whole.items()):
            if done.touched > now - self._expiry:
                break
            self._forget(identity)
        old = (
            each for each in self._open.values() if each.whole or each.touched <= now - self._expiry
        )
        return [self._end(each) for each in list(itertools.islice(old, most))]

    # What became of it

    def kept(self, part: Part) -> None:
        """A delivery that held this part is durable."""
        part.flights -= 1
        part.durable = True

    def lost(self, key: str | None, part: Part) -> None:
        """A delivery that held this part failed: unless another one holds it, it never came."""
        part.flights -= 1
        held = self._open.get(key or "")
        if held is not None:
            self._drop_fallen(held)

    def released(self, key: str) -> None:
        """The end of a set is durable: its bytes are no longer needed."""
        done = self._ended.pop(key, None)
        if done is not None:
            done.parts.clear()

    def reopen(self, key: str) -> None:
        """The end of a set was not stored: it goes on from what is durable."""
        again = self._ended.pop(key, None)
        if again is None:
            return
        if self._whole.get((again.family, again.data_time)) is again:
            self._forget((again.family, again.data_time))
        again.marks = {}
        self._enter(again)
        self._size += again.size
        self._drop_fallen(again)

    # Inside

    def _family(self, family: Family) -> Iterator[PacketSet]:
        """The open sets of a family, the last heard first."""
        for each in reversed(self._of_device.get(family[0], ())):
            if each.family == family:
                yield each

    def _repeated(self, family: Family, data_time: bytes | None, part: Part) -> PacketSet | None:
        """The set, open or whole, that has exactly this part."""
        for each in self._family(family):
            known = each.parts.get(part.number)
            if known is not None and known.mark == part.mark:
                return each
        done = self._whole.get((family, data_time))
        if done is not None and done.marks.get(part.number) == part.mark:
            return done
        latest = self._latest.get(family)
        if data_time is None and latest and latest.marks.get(part.number) == part.mark:
            return latest
        return None

    def _again(self, held: PacketSet, repetition: Part) -> Taken:
        """A repetition stands in for the first one while it is not sure that this will be kept."""
        first = held.parts.get(repetition.number)
        if first is None or first.durable:
            return Taken(repetition, None, [])
        first.flights += 1
        return Taken(first, held.key if held.key in self._open else None, [])

    def _choose(
        self, family: Family, data_time: bytes | None, part: Part, ended: list[PacketSet]
    ) -> PacketSet | None:
        """The open set that a part joins; one that has other content in its place is given up."""
        at = part.frame.received_at
        if data_time is not None:
            same = [each for each in self._family(family) if each.data_time == data_time]
            for each in same:
                if part.number not in each.parts:
                    return each
                ended.append(self._end(each))
        for each in self._family(family):
            fits = data_time is None or each.data_time is None
            if fits and part.number not in each.parts and each.touched >= at - TOGETHER:
                each.data_time = each.data_time or data_time
                return each
        return None

    def _begin(
        self, family: Family, data_time: bytes | None, part: Part, *, known: bool
    ) -> PacketSet:
        mn, _, cn, total = family
        at = part.frame.received_at
        when = data_time.decode() if data_time else "-"
        key = f"{mn} {cn} {when} {total} {to_ms(at)}.{next(self._serials)}"
        begun = PacketSet(key, family, data_time, at, known)
        self._enter(begun)
        return begun

    def _enter(self, held: PacketSet) -> None:
        self._open[held.key] = held
        if not held.known:
            self._strange[held.key] = held
        self._of_device.setdefault(held.family[0], []).append(held)

    def _add(self, held: PacketSet, part: Part) -> None:
        held.parts[part.number] = part
        held.touched = max(held.touched, part.frame.received_at)
        if not part.durable:
            part.flights = 1
        held.size += len(part.frame.raw)
        self._size += len(part.frame.raw)
        device = self._of_device[held.family[0]]
        if device[-1] is not held:  # the last heard stands last
            device.remove(held)
            device.append(held)

    def _end(self, held: PacketSet) -> PacketSet:
        """Take a set off the open ones; it is remembered until its end is durable."""
        self._close(held)
        self._ended[held.key] = held
        if held.whole:
            held.marks = {number: part.mark for number, part in held.parts.items()}
            self._whole.pop((held.family, held.data_time), None)
            self._whole[held.family, held.data_time] = self._latest[held.family] = held
            if len(self._whole) > _REMEMBERED:
                self._forget(next(iter(self._whole)))
        return held

    def _forget(self, identity: tuple[Family, bytes | None]) -> None:
        done = self._whole.pop(identity)
        if self._latest.get(done.family) is done:
            del self._latest[done.family]

    def _close(self, held: PacketSet) -> None:
        del self._open[held.key]
        self._strange.pop(held.key, None)
        device = self._of_device[held.family[0]]
        device.remove(held)
        if not device:
            del self._of_device[held.family[0]]
        self._size -= held.size

    def _make_room(self, mn: str) -> list[PacketSet]:
        given_up = []
        device = self._of_device.get(mn, [])
        while device and (
            len(device) > _SETS_OF_DEVICE or sum(each.size for each in device) > _BYTES_OF_DEVICE
        ):
            given_up.append(self._end(device[0]))
        while len(self._open) > _SETS or self._size > _BYTES:
            given_up.append(self._end(next(iter((self._strange or self._open).values()))))
        return given_up

    def _drop_fallen(self, held: PacketSet) -> None:
        for part in [each for each in held.parts.values() if not each.standing]:
            del held.parts[part.number]
            held.size -= len(part.frame.raw)
            self._size -= len(part.frame.raw)
        if not held.parts:
            self._close(held)
