"""What an alert means: whose it is, what it is of, when, and whether it is an alarm at all. Pure.

Source: ISAPI, EventNotificationAlert; what devices really send is in this folder's `cases`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from adapters.video.tidy import line

AHEAD = timedelta(hours=1)
"""How far a device's clock may run ahead before its time is not believed."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_KEY = 200
"""Characters of the longest key that is not digested."""

DEVICE_STATES = frozenset(
    {
        "videoloss",
        "diskfull",
        "diskerror",
        "diskunformat",
        "diskrecover",
        "nicbroken",
        "ipconflict",
        "illaccess",
        "defocus",
        "storagedetection",
        "videomismatch",
        "badvideo",
        "recordingfailure",
        "raidexception",
        "highhdtemperature",
        "hdbadblock",
        "hdimpact",
    }
)
"""Kinds of alerts that are of the device itself, not of what it sees."""

_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)[T ]\s*(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?"
    r"\s*(?:(Z)|([+-])(\d\d?):?(\d\d))?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """An alert, understood."""

    device: str
    source: str
    """`device/channel`, the camera's name in the register."""
    type: str
    """The kind in small letters (devices differ in case); of a `duration`, of what it is one."""
    active: bool
    start: datetime
    key: str
    """The natural key of the message: no alert has a number of its own."""
    regions: str
    retransmitted: bool
    """The device sends it after an outage."""
    pictures: int
    """How many pictures it announces to come with it."""
    urls: tuple[str, ...]
    """Where it says that pictures can be had."""

    @property
    def heartbeat(self) -> bool:
        """It only says that the device is there: a video loss that is none."""
        return self.type == "videoloss" and not self.active

    @property
    def of_device(self) -> bool:
        """It is of the device itself."""
        return self.type in DEVICE_STATES

    @property
    def note(self) -> str:
        """What it is, for the record."""
        if self.heartbeat:
            return "heartbeat"
        state = "active" if self.active else "inactive"
        return f"{'device ' if self.of_device else ''}{self.type} {state}"


def understand(
    alert: Mapping[str, Any],
    host: str,
    zone: tzinfo,
    received_at: datetime,
    problems: dict[str, None],
) -> Meaning:
    """The meaning of an alert that came from a network address; what is wrong with it is named."""
    device = _device(alert, host, problems)
    channel = _first(alert, "channelID", "dynChannelID")
    said, believed = _time(_first(alert, "dateTime"), zone, received_at, problems)
    kind = _type(alert)
    if not kind:
        problems["no-type"] = None
    regions = ",".join(sorted(set(_regions(alert))))
    count, port = _first(alert, "activePostCount"), _first(alert, "inputIOPortID")
    if not (channel or port or kind in DEVICE_STATES):
        problems["no-channel"] = None
    key = "|".join((device, channel, kind, regions, said.isoformat(), count, port))
    return Meaning(
        device=device,
        source=f"{device}/{channel}" if channel else device,
        type=kind,
        active=_active(alert, problems),
        start=believed,
        key=key if len(key) <= _KEY else hashlib.sha256(key.encode()).hexdigest(),
        regions="|".join((regions, port)),
        retransmitted=_first(alert, "isDataRetransmission").lower() == "true",
        pictures=_announced(alert),
        urls=tuple(url for url in _values(alert, "bkgUrl") if isinstance(url, str) and url),
    )


def _values(value: Any, *path: str) -> Iterator[Any]:
    """Everything at the end of a path of names; what stands several times on the way is all of it."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, *path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _values(value[path[0]], *path[1:])


def _texts(alert: Mapping[str, Any], *path: str) -> Iterator[str]:
    for value in _values(alert, *path):
        if isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, str | int | float) and (text := line(str(value))):
            yield text


def _first(alert: Mapping[str, Any], *names: str) -> str:
    """The first of these members that says something."""
    return next((text for name in names for text in _texts(alert, name)), "")


def _device(alert: Mapping[str, Any], host: str, problems: dict[str, None]) -> str:
    """MAC address; else the device's ID, serial number or IP address, which change more easily."""
    if mac := _first(alert, "macAddress"):
        return mac.lower().replace("-", ":")
    serial = next(_texts(alert, "Extensions", "serialNumber"), "")
    named = _first(alert, "deviceID") or serial or _first(alert, "ipAddress", "ipv6Address")
    if not named:
        problems["no-device"] = None
    return named or host


def _type(alert: Mapping[str, Any]) -> str:
    kind = _first(alert, "eventType").lower()
    if kind == "duration":
        related = next(_texts(alert, "DurationList", "Duration", "relationEvent"), "")
        return related.lower() or kind
    return kind


def _regions(alert: Mapping[str, Any]) -> Iterator[str]:
    """In XML a list has entries; in JSON it may be them."""
    yield from _texts(alert, "DetectionRegionList", "DetectionRegionEntry", "regionID")
    yield from _texts(alert, "DetectionRegionList", "regionID")


def _active(alert: Mapping[str, Any], problems: dict[str, None]) -> bool:
    state = _first(alert, "eventState").lower()
    if state not in ("active", "inactive", ""):
        problems["unknown-state"] = None
    return state != "inactive"


def _announced(alert: Mapping[str, Any]) -> int:
    """Pictures that come as parts; those given by URL do not."""
    number = _first(alert, "detectionPicturesNumber")
    by_part = _first(alert, "detectionPictureTransType").lower() in ("binary", "")
    return int(number) if by_part and re.fullmatch("[0-9]{1,3}", number) else 0


# --- times ----------------------------------------------------------------------------------------


def _time(
    text: str, zone: tzinfo, received_at: datetime, problems: dict[str, None]
) -> tuple[datetime, datetime]:
    """The time that the device said, and the one to believe; where it said none, that of receipt."""
    said = _parsed(text, zone, problems)
    if said is None:
        problems["bad-time"] = None
        return received_at, received_at
    if said < _EPOCH or said > received_at + AHEAD:
        problems["implausible-time"] = None
        return said, received_at
    return said, said


def _parsed(text: str, zone: tzinfo, problems: dict[str, None]) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    *numbers, fraction, utc, sign, hours, minutes = found.groups()
    try:
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        own = timezone(-offset if sign == "-" else offset) if utc or sign else zone
        year, month, day, hour, minute, second = (int(each or 0) for each in numbers)
        micro = int((fraction or "").ljust(6, "0"))
        moment = datetime(year, month, day, hour, minute, second, micro, own).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not (utc or sign):
        problems["zone-assumed"] = None
    return moment
