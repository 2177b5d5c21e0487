"""What an alarm of WVP means. Pure.

Sources: WVP-GB28181-pro, `service/bean/Alarm` and `AlarmType`, GET /api/alarm/list; GB/T 28181-2016 9.4
and annex A.2.5 for what stands behind them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from adapters.mqtt import times
from adapters.video.tidy import Unreadable, line, tidy
from monitor.event import Datum, Place

AHEAD = timedelta(hours=1)
"""How far a device's clock may run ahead before its times are not believed."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_KEY = 128

NAMES: Mapping[str, str] = {
    "VideoLoss": "视频丢失报警",
    "DeviceTamper": "设备防拆报警",
    "StorageFull": "存储设备磁盘满报警",
    "DeviceHighTemperature": "设备高温报警",
    "DeviceLowTemperature": "设备低温报警",
    "ManualVideo": "人工视频报警",
    "MotionDetection": "运动目标检测报警",
    "LeftObjectDetection": "遗留物检测报警",
    "ObjectRemovalDetection": "物体移除检测报警",
    "TripwireDetection": "绊线检测报警",
    "IntrusionDetection": "入侵检测报警",
    "MobileDetection": "移动侦测报警",
    "VideoOcclusion": "视频遮挡报警",
    "ReverseDetection": "逆行检测报警",
    "LoiteringDetection": "徘徊检测报警",
    "FlowStatistics": "流量统计报警",
    "DensityDetection": "密度检测报警",
    "VideoAbnormal": "视频异常检测报警",
    "RapidMovement": "快速移动报警",
    "StorageFault": "存储设备磁盘故障报警",
    "StorageFanFault": "存储设备风扇故障报警",
    "SoundAbnormal": "声音异常报警",
    "SignalAbnormal": "信号量异常报警",
    "IllegalAccess": "非法访问报警",
    "Defocus": "虚焦报警",
    "SceneChange": "场景变更报警",
    "CrowdGathering": "人员聚集报警",
    "ParkingDetection": "停车侦测报警",
    "Other": "其他报警",
}
"""WVP's types of alarms, and what the standard calls them."""

OF_DEVICE = frozenset(
    {
        "VideoLoss",
        "StorageFull",
        "DeviceHighTemperature",
        "DeviceLowTemperature",
        "StorageFault",
        "StorageFanFault",
        "SignalAbnormal",
        "IllegalAccess",
        "Defocus",
    }
)
"""Types of alarms of the device itself, not of what it sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One row of the list."""

    id: int | None
    """WVP's number of it, by which its picture is had."""
    key: str
    """Channel, type and time: WVP has a row each where a device tells of one alarm in two ways."""
    channel: str
    """The 20-digit code of the channel."""
    type: str
    start: datetime
    place: Place | None
    pictured: bool
    """WVP says that it has a picture."""
    details: Mapping[str, Any]
    digest: bytes
    """Of all that is said of it."""

    @property
    def of_device(self) -> bool:
        """It is of the device itself."""
        return self.type in OF_DEVICE


def read(
    row: Any, zone: tzinfo, datum: Datum, received_at: datetime, problems: dict[str, None]
) -> Alarm:
    """The alarm of a row; raises Unreadable where it is none."""
    if not isinstance(row, Mapping):
        raise Unreadable("no-alarm")
    members: Mapping[str, Any] = tidy(row, problems)
    channel, kind = _text(members.get("channelDeviceId")), _text(members.get("alarmType"))
    if not channel:
        raise Unreadable("no-channel")
    if not kind:
        problems["no-type"] = None
    number = members.get("id")
    said = members.get("alarmTime")
    start = _start(said, zone, received_at, problems)
    # where the time says nothing, only the number tells one from the next
    key = "|".join((channel, kind, f"id {number}" if start is None else _text(said)))
    return Alarm(
        id=number if isinstance(number, int) and not isinstance(number, bool) else None,
        key=key if len(key) <= _KEY else hashlib.sha256(key.encode()).hexdigest(),
        channel=channel,
        type=kind or "Other",
        start=start or received_at,
        place=_place(members, datum, problems),
        pictured=bool(_text(members.get("snapPath"))),
        details=_details(members, kind),
        digest=hashlib.blake2b(repr(members).encode("utf-8", "replace"), digest_size=16).digest(),
    )


def _details(members: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What else it says; what it does not say is not there."""
    found = {
        "name": NAMES.get(kind),
        "description": members.get("description"),
        "channel_name": members.get("channelName"),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return line(str(value))


def _start(
    said: Any, zone: tzinfo, received_at: datetime, problems: dict[str, None]
) -> datetime | None:
    """Milliseconds since 1970; forks of WVP write the time itself, in Beijing's. None: not believed."""
    when = times.instant(said, "epoch_ms", zone)
    if when is None and isinstance(said, str):
        when = times.instant(said, "iso", zone)
        if when is not None and not _has_zone(said):
            problems["zone-assumed"] = None
    if when is None:
        problems["bad-time"] = None
        return None
    if not _EARLIEST <= when <= received_at + AHEAD:
        problems["implausible-time"] = None
        return None
    return when


def _has_zone(text: str) -> bool:
    return datetime.fromisoformat(text.strip()).tzinfo is not None


def _place(members: Mapping[str, Any], datum: Datum, problems: dict[str, None]) -> Place | None:
    """Where it is; (0, 0) is how devices say that they do not know."""
    found = members.get("longitude"), members.get("latitude")
    if found == (None, None):
        return None
    longitude, latitude = (
        each if isinstance(each, int | float) and not isinstance(each, bool) else None
        for each in found
    )
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        problems["bad-place"] = None
        return None
    if longitude == latitude == 0:
        return None
    return Place(longitude=longitude, latitude=latitude, datum=datum, of_camera=True)
