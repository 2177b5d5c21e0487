"""From messages to what is delivered: verdict, problems, readings. No input or output."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.broker.hearing import REFUSED, Hearing
from adapters.broker.message import Message
from adapters.hj212 import codec as hj212
from adapters.hj212.assembly import Assembly
from adapters.hj212.config import Config as Hj212Config
from adapters.hj212.reception import Reception as Hj212Reception
from adapters.mqtt import codec
from adapters.mqtt.config import Config
from adapters.mqtt.profile import Profile
from monitor.adapter import Context, Delivery


class Reception:
    """Reads messages as the configuration says; whatever they are, they are kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._context = context
        self.assembly: Assembly | None = None
        """The sub-packets of HJ 212 whose other parts have not come yet."""
        read: Callable[[Message], list[Delivery]]
        if config.profile is None:
            own = Hj212Config(
                type="hj212",
                name=config.name,
                minute_interval=config.minute_interval,
                wrong_password=config.wrong_password,
                modbus_crc=config.modbus_crc,
            )
            self._frames = Hj212Reception(own, context)
            self.assembly = self._frames.assembly
            read = self._hear_frames
        else:
            self._reader = _reader(config, config.profile, context)
            read = self._hear_json
        self._hearing = Hearing(config, context, read)

    def hear(self, message: Message) -> Sequence[Delivery]:
        """What to deliver for a message: at least one frame."""
        return self._hearing.hear(message)

    def _hear_frames(self, message: Message) -> list[Delivery]:
        framer = hj212.Framer()
        items = framer.feed(message.payload) + framer.close()
        frames = [item for item in items if isinstance(item, bytes)]
        heard = self._frames.hear(frames, self._hearing.peer(message)) if frames else []
        deliveries = [each.delivery for each in heard]
        if not frames or not all(_blank(item) for item in items if isinstance(item, hj212.Noise)):
            problem = "no-frame" if message.payload.strip() else "empty-message"
            deliveries.append(Delivery(self._hearing.frame(message, REFUSED, (problem,))))
        return deliveries

    def _hear_json(self, message: Message) -> list[Delivery]:
        now = self._context.now()
        found = codec.read(self._reader, message.payload, message.topic, now)
        problems = found.problems
        if any(not self._context.known(readings.mn) for readings in found.readings):
            problems = (*problems, "unknown-device")
        verdict = "tolerated" if problems else "clean"
        if found.data and not found.readings:
            verdict = REFUSED
        note = "" if found.data else "no data by the profile"
        frame = self._hearing.frame(
            message, verdict, problems, device=found.device, at=now, note=note
        )
        return [Delivery(frame, found.readings)]


def _reader(config: Config, profile: Profile, context: Context) -> codec.Reader:
    return codec.Reader(
        profile=profile,
        zone=context.zone,
        minute_interval=config.minute_interval,
        max_depth=config.max_depth,
        max_items=config.max_items,
        units=context.units,
    )


def _blank(noise: hj212.Noise) -> bool:
    """Line ends and blanks between frames."""
    return not noise.sample.strip() and noise.count == len(noise.sample)
