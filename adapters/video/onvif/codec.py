"""From a topic and a payload to what a camera says. Pure, and no bytes make it fail.

Source: ONVIF Core Specification, Event Broker (JSON over MQTT): the topic is
`<TopicPrefix>/onvif-ej/<topic without tns1>[/&<values of Source>…]`, the payload
`{"UtcTime": …, "Source": {…}, "Data": {…}}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from adapters.mqtt import times
from adapters.mqtt.document import Unreadable as NoDocument
from adapters.video import bodies
from adapters.video.tidy import Unreadable, line, tidy

AHEAD = timedelta(hours=1)
"""How far a camera's clock may run ahead before its times are not believed."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_MARK = "onvif-ej"
_LONGEST = 120

OF_DEVICE = (
    "Device/HardwareFailure",
    "Device/OperationMode",
    "VideoSource/SignalLoss",
    "Monitoring",
    "Configuration",
    "Media",
    "RecordingConfig",
    "RecordingHistory",
    "UserAlarm/Configuration",
    "RuleEngine/CountAggregation",
)
"""Topics of the device itself, and counts: no alarms. In the order of the ONVIF topic tree."""

_VIDEO = ("VideoSourceConfigurationToken", "VideoSourceToken", "VideoSource", "Source")
_STATES = frozenset({"State", "LogicalState", "active", "Active"})
_TRUE, _FALSE = frozenset({"true", "active"}), frozenset({"false", "inactive"})


class Topic(NamedTuple):
    """A topic, taken apart."""

    device: str
    """What stands before `onvif-ej`: the camera, as its administrator calls it."""
    label: str
    """The ONVIF topic without namespace, e.g. `RuleEngine/FieldDetector/ObjectsInside`."""
    of: str
    """Which property of the camera, where the topic says so."""

    @property
    def of_device(self) -> bool:
        """It is of the device itself."""
        return any(self.label == each or self.label.startswith(f"{each}/") for each in OF_DEVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message, understood."""

    key: str
    """The natural key of the message: none has a number of its own."""
    which: str
    """Which property it is of."""
    channel: str
    """The token of the video source, if it names one."""
    start: datetime
    state: bool | None
    """Whether it begins or is over; None for what is an instant."""
    details: Mapping[str, Any]


def topic(text: str) -> Topic | None:
    """The parts of a topic; None where it is none of ONVIF's."""
    prefix, mark, rest = text.partition(f"/{_MARK}/")
    levels = rest.split("/")
    named = next((at for at, level in enumerate(levels) if level.startswith("&")), len(levels))
    label = line("/".join(level.removeprefix("tns1:") for level in levels[:named])).strip("/")
    device = line(prefix)[:_LONGEST]
    if not (mark and device and label):
        return None
    of = text if named < len(levels) else ""
    return Topic(device, label[:_LONGEST], of)


def read(
    payload: bytes, where: Topic, received_at: datetime, problems: dict[str, None]
) -> Notice | None:
    """What a message says; None where it cannot be read, which is named."""
    try:
        found = bodies.parse(payload, lambda problem: problems.setdefault(problem))
        members = tidy(found, problems)
    except (NoDocument, Unreadable) as unreadable:
        problems[str(unreadable)] = None
        return None
    if not isinstance(members, Mapping) or not {"Source", "Data"} & set(members):
        problems["not-an-event"] = None
        return None
    source, data = _items(members.get("Source")), _items(members.get("Data"))
    said = members.get("UtcTime", members.get("@UtcTime"))
    return Notice(
        key=_digest(where, said or received_at.isoformat(), source, data),
        which=_digest(where.of) if where.of else _digest(where, source),
        channel=next((line(str(source[name])) for name in _VIDEO if source.get(name)), ""),
        start=_start(said, received_at, problems),
        state=_state(data),
        details={"source": source, "data": data},
    )


def which(where: Topic) -> str:
    """The property that a topic alone names."""
    return _digest(where.of)


def _items(value: Any) -> Mapping[str, Any]:
    """The items by name; some cameras write them as in XML, `{"SimpleItem": [{"Name", "Value"}]}`."""
    if not isinstance(value, Mapping):
        return {}
    listed = value.get("SimpleItem")
    if isinstance(listed, Mapping):
        listed = [listed]
    if not isinstance(listed, list):
        return value
    named = [each for each in listed if isinstance(each, Mapping)]
    return {str(m.get("Name", m.get("@Name"))): m.get("Value", m.get("@Value")) for m in named}


def _state(data: Mapping[str, Any]) -> bool | None:
    """The first member that says yes or no; values may be texts. `1` and `0` may be counts, too."""
    for name, value in data.items():
        text = str(value).lower() if isinstance(value, bool | str) else ""
        if name in _STATES or name.startswith("Is"):
            text = {"1": "true", "0": "false"}.get(str(value), text)
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
    return None


def _digest(*basis: Any) -> str:
    written = json.dumps(basis, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def _start(said: Any, received_at: datetime, problems: dict[str, None]) -> datetime:
    """The camera's time, which is UTC by its name; where it says none, that of receipt."""
    when = times.instant(said, "iso", UTC) if isinstance(said, str) else None
    if when is None:
        problems["bad-time"] = None
        return received_at
    if not _EARLIEST <= when <= received_at + AHEAD:
        problems["implausible-time"] = None
        return received_at
    if datetime.fromisoformat(said.strip()).tzinfo is None:
        problems["zone-assumed"] = None
    return when
