"""From frames to what is delivered: verdict, problems, readings, and the answer that is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from adapters.hj212 import commands, packets, readings
from adapters.hj212.assembly import Assembly
from adapters.hj212.config import Config
from adapters.hj212.decoding import decode, may_be_sealed, unseal
from adapters.hj212.facilities import metered
from adapters.hj212.framing import Noise
from adapters.hj212.header import names_device
from adapters.hj212.introducing import introduction
from adapters.hj212.message import Message
from adapters.hj212.times import sent_at
from monitor.adapter import Context, Delivery
from monitor.observation import Frame, Readings


class Heard(NamedTuple):
    """One frame, or noise, and what becomes of it."""

    delivery: Delivery
    answer: bytes | None
    """To be sent when the delivery is durable; None where nothing is due."""
    device: str | None
    """The MN, if the register has it."""
    message: Message | None = None
    """What the frame says, where it may be believed."""
    genuine: bool = True
    """Whether its sender knows the registered password, if there is one."""


class Reception:
    """Judges the form of frames by the configuration and the register; no input or output."""

    def __init__(self, config: Config, context: Context) -> None:
        self._context = context
        self._minute_interval = config.minute_interval
        self._refuses_password = config.wrong_password == "refuse"
        self._refuses_modbus = config.modbus_crc == "refuse"
        self._metered = partial(metered, items=config.power_items, known=context.known)
        self.assembly = Assembly(config, context, self.decode)
        """The sub-packets whose other parts have not come yet."""
        self._ended: list[Heard] = []

    def hear(self, items: Iterable[bytes | Noise], peer: str) -> list[Heard]:
        """What to deliver for the items of a framer, in their order."""
        now = self._context.now()
        heard: list[Heard] = []
        for item in items:
            if isinstance(item, Noise):
                heard.append(self._noise(item, peer, now))
            else:
                heard.append(self._frame(item, peer, now))
                if self._ended:  # sets of sub-packets end behind the frame that ends them
                    heard += self._ended
                    self._ended = []
        return heard

    def decode(self, raw: bytes) -> Message:
        """A frame in the clear, if one of its device's keys opens it."""
        return self._opened(decode(raw))

    def _opened(self, message: Message) -> Message:
        if not may_be_sealed(message):
            return message
        mn = message.mn or ""
        keys = self._context.keys(mn) if names_device(mn) else ()
        found = unseal(message, keys)
        if found is None:
            why = "wrong-key" if keys else "no-key"
            problems = (*message.problems, why) if message.encrypted else message.problems
            return message._replace(problems=problems)
        clear, key = found
        self._context.proved(mn, key)
        return clear

    def _noise(self, noise: Noise, peer: str, now: datetime) -> Heard:
        frame = Frame(
            source=self._context.name,
            peer=peer,
            received_at=now,
            raw=noise.sample,
            verdict="noise",
            problems=("no-frame",),
            note=f"{noise.count} bytes",
        )
        return Heard(Delivery(frame), None, None)

    def _frame(self, raw: bytes, peer: str, now: datetime) -> Heard:
        context = self._context
        message = decode(raw)
        if message.header.version >= 2:
            message = self._opened(message)
        header = message.header
        device = message.mn if names_device(message.mn) else None
        known = device is not None and context.known(device)
        split = (header.total is not None or not header.version) and packets.belongs(message)
        if split or packets.is_absurd(header.total):  # what it means is told by the whole set
            understood, problems = None, message.problems
        else:
            understood, problems = readings.read(
                message,
                context.zone,
                self._minute_interval,
                now,
                learn=known,
                units=context.units(device or ""),
            )
        if not known and not message.sound:
            device = None  # a damaged name is no name
        genuine = device is None or not message.sound or self._is_genuine(device, header.pw)
        if device is not None and message.sound and not known:
            problems = (*problems, "unknown-device")
        if not genuine:
            problems = (*problems, "wrong-password")
        refused = self._is_refused(message) or (self._refuses_password and not genuine)
        verdict = "refused" if refused else "tolerated" if problems else "clean"
        sent = sent_at(message.qn, context.zone)
        frame = Frame(context.name, peer, now, raw, device, sent, verdict, problems, message.note)
        if refused:
            return Heard(Delivery(frame), None, None)
        kept = () if understood is None else (understood, *self._metered(understood))
        return self._taken(message, frame, kept, known=known, split=split)._replace(genuine=genuine)

    def _is_genuine(self, device: str, sent: str | None) -> bool:
        password = self._context.password(device)
        return password is None or password == (sent or "")

    def _is_refused(self, message: Message) -> bool:
        if message.encrypted or not message.sound:
            return True
        return self._refuses_modbus and message.crc != "hj212"

    def _taken(
        self,
        message: Message,
        frame: Frame,
        kept: tuple[Readings, ...],
        *,
        known: bool,
        split: bool,
    ) -> Heard:
        """What is delivered of a frame that is not refused."""
        answer = commands.answer(message)
        device, said = (frame.device, message) if known else (None, None)
        if split:
            itself, *ended = self.assembly.take(message, frame)
            self._ended = [Heard(each, None, None) for each in ended]
            return Heard(itself, answer, device, said)
        who = introduction(message) if message.cn == "1001" else None
        if who is None:
            return Heard(Delivery(frame, kept), answer, device, said)
        return Heard(Delivery(frame, kept, introduction=who), answer, device, message)
