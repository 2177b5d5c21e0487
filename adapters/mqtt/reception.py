"""From messages to what is delivered: verdict, problems, readings. No input or output."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from adapters.hj212 import codec as hj212
from adapters.hj212.assembly import Assembly
from adapters.hj212.config import Config as Hj212Config
from adapters.hj212.reception import Reception as Hj212Reception
from adapters.mqtt import codec
from adapters.mqtt.config import Config
from adapters.mqtt.message import Message
from adapters.mqtt.profile import Profile
from monitor.adapter import Context, Delivery
from monitor.observation import Frame

_log = structlog.get_logger()

_TOPIC_SHOWN = 256
_REFUSED = "refused"


class Reception:
    """Reads messages as the configuration says; whatever they are, they are kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._context = context
        host, port = config.address
        self._broker = f"{config.identity}@{host}:{port}"
        self._read: Callable[[Message], list[Delivery]]
        self.assembly: Assembly | None = None
        """The sub-packets of HJ 212 whose other parts have not come yet."""
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
            self._read = self._hear_frames
        else:
            self._reader = _reader(config, config.profile, context)
            self._read = self._hear_json

    def hear(self, message: Message) -> list[Delivery]:
        """What to deliver for a message: at least one frame."""
        if message.size > len(message.payload):
            note = f"{message.size} bytes"
            return [Delivery(self._frame(message, _REFUSED, ("message-too-long",), note=note))]
        try:
            return self._read(message)
        except Exception as error:  # noqa: BLE001 - else it would come again for ever, others behind it
            _log.error("message not readable", adapter=self._context.name, error=repr(error))
            return [Delivery(self._frame(message, _REFUSED, ("not-readable",)))]

    def _hear_frames(self, message: Message) -> list[Delivery]:
        framer = hj212.Framer()
        items = framer.feed(message.payload) + framer.close()
        frames = [item for item in items if isinstance(item, bytes)]
        heard = self._frames.hear(frames, self._peer(message)) if frames else []
        deliveries = [each.delivery for each in heard]
        if not frames or not all(_blank(item) for item in items if isinstance(item, hj212.Noise)):
            problem = "no-frame" if message.payload.strip() else "empty-message"
            deliveries.append(Delivery(self._frame(message, _REFUSED, (problem,))))
        return deliveries

    def _hear_json(self, message: Message) -> list[Delivery]:
        now = self._context.now()
        found = codec.read(self._reader, message.payload, message.topic, now)
        problems = found.problems
        if any(not self._context.known(readings.mn) for readings in found.readings):
            problems = (*problems, "unknown-device")
        verdict = "tolerated" if problems else "clean"
        if found.data and not found.readings:
            verdict = _REFUSED
        frame = self._frame(message, verdict, problems, found.device, now, found.data)
        return [Delivery(frame, found.readings)]

    def _frame(
        self,
        message: Message,
        verdict: str,
        problems: tuple[str, ...],
        device: str | None = None,
        now: datetime | None = None,
        data: bool = True,
        note: str = "",
    ) -> Frame:
        marks = (
            note,
            "" if data else "no data by the profile",
            "retained" if message.retained else "",
            "" if message.qos else "qos 0",
        )
        return Frame(
            source=self._context.name,
            peer=self._peer(message),
            received_at=now or self._context.now(),
            raw=message.payload,
            device=device,
            verdict=verdict,
            problems=problems,
            note=", ".join(filter(None, marks)),
        )

    def _peer(self, message: Message) -> str:
        return f"{message.topic[:_TOPIC_SHOWN]} via {self._broker}"


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
