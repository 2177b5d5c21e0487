"""Sub-packets on their way to the store: each kept at once, their readings when all have come.

A factor must not be judged without its flag, which may stand in the next sub-packet. So parts are
delivered without readings and held; the whole set follows as a frame of its own, of all their bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby

from adapters.hj212 import joining, readings
from adapters.hj212.config import Config
from adapters.hj212.facilities import metered
from adapters.hj212.message import Message
from adapters.hj212.packets import Assembler, PacketSet, Part
from adapters.hj212.problems import unique
from monitor.adapter import Context, Delivery
from monitor.observation import ASSEMBLED, Frame

_AT_ONCE = 100  # sets given up in one go: each is read, while nobody else is heard


@dataclass(frozen=True, slots=True)
class Packet(Delivery):
    """The delivery of a sub-packet; without `part`, of the end of a set."""

    part: Part | None = None


class Assembly:
    """Which sub-packets are waiting, and what of them is under way to the store."""

    def __init__(
        self, config: Config, context: Context, decode: Callable[[bytes], Message]
    ) -> None:
        self._context = context
        self._decode = decode
        self._minute_interval = config.minute_interval
        self._expiry = timedelta(seconds=config.packet_expiry)
        self._metered = partial(metered, items=config.power_items, known=context.known)
        self._assembler = Assembler(self._expiry)
        self._in_flight = 0

    @property
    def waiting(self) -> tuple[int, int]:
        """How many sets are open, and their bytes."""
        return self._assembler.waiting

    def take(self, message: Message, frame: Frame) -> list[Delivery]:
        """What to deliver for a sub-packet: itself first, then the sets that end with it."""
        known = self._context.known(message.mn or "")
        taken = self._assembler.take(message, frame, known=known)
        itself = Packet(frame, held=taken.key, part=taken.part)
        return self._flying([itself, *map(self._end, taken.ended)])

    async def restore(self) -> None:
        """Hear again what was held when the process ended."""
        self._assembler = Assembler(self._expiry)
        if self._context.held is None:
            return
        held = await self._context.held()
        for key, pairs in groupby(sorted(held, key=lambda pair: pair[0]), lambda pair: pair[0]):
            parts = [(self._decode(f.raw), f) for _, f in pairs]
            known = self._context.known(parts[0][0].mn or "")
            self._assembler.restore(key, parts, known=known)

    async def give_up(self) -> None:
        """Deliver what is certain of the sets whose other parts do not come any more."""
        while ended := self._assembler.due(self._context.now(), _AT_ONCE):
            await self.deliver(self._flying([self._end(each) for each in ended]))

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """`Context.deliver`; and what was not kept is as if it had not come."""
        if not self._in_flight:
            await self._context.deliver(deliveries)
            return
        packets = [each for each in deliveries if isinstance(each, Packet)]
        try:
            await self._context.deliver(deliveries)
        except BaseException:
            for each in packets:
                self._lost(each)
            raise
        finally:
            self._in_flight -= len(packets)
        for each in packets:
            self._kept(each)

    def _flying(self, packets: list[Packet]) -> list[Delivery]:
        self._in_flight += len(packets)
        return list(packets)

    def _kept(self, packet: Packet) -> None:
        if packet.part is not None:
            self._assembler.kept(packet.part)
        elif packet.released is not None:
            self._assembler.released(packet.released)

    def _lost(self, packet: Packet) -> None:
        if packet.part is not None:
            self._assembler.lost(packet.held, packet.part)
        elif packet.released is not None:
            self._assembler.reopen(packet.released)

    def _end(self, ended: PacketSet) -> Packet:
        parts = ended.in_order
        whole = _one(parts)
        zone, minutes, at = self._context.zone, self._minute_interval, ended.touched
        units = self._context.units(whole.mn or "")
        if ended.whole:
            understood, problems = readings.read_slowly(whole, zone, minutes, at, units=units)
        else:
            data_time = ended.data_time.decode() if ended.data_time else None
            contents = {part.number: part.content for part in parts}
            has_flags = whole.header.version > 0  # HJ/T 212-2005 has none in its means
            inner = joining.certain(contents, ended.total, data_time, flags_due=has_flags)
            understood, problems = readings.understand(whole, inner, zone, minutes, at, units)
            problems = unique([*problems, "incomplete-packets"])
        last = max(parts, key=lambda part: part.frame.received_at).frame
        sent = [part.frame.sent_at for part in parts if part.frame.sent_at is not None]
        frame = Frame(
            source=last.source,
            peer=last.peer,
            received_at=ended.touched,
            raw=whole.raw,
            device=last.device,
            sent_at=max(sent, default=None),
            verdict=ASSEMBLED,
            problems=problems,
            note=f"{whole.note} {len(parts)}/{ended.total}",
        )
        kept = () if understood is None else (understood, *self._metered(understood))
        return Packet(frame, kept, released=ended.key)


def _one(parts: list[Part]) -> Message:
    """The message that the parts would have been, had they not been split."""
    messages = [part.message for part in parts]
    first = messages[0]
    header = first.header._replace(
        number=None, total=None, resent=any(each.header.resent for each in messages)
    )
    other = [each.crc for each in messages if each.crc != "hj212"]
    return first._replace(
        raw=b"".join(each.raw for each in messages),
        header=header,
        content=joining.join([part.content for part in parts]),
        crc=other[0] if other else "hj212",
        problems=unique([problem for part in parts for problem in part.frame.problems]),
    )
