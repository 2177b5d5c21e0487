"""What an event of a device means: of what, when, and whether it is an alarm at all. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

AHEAD = timedelta(hours=1)
"""How far a device's clock may run ahead before its time is not believed."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

DEVICE_STATES = frozenset(
    {
        "videoloss",
        "videounfocus",
        "storagefailure",
        "storagelowspace",
        "storagenotexist",
        "ntpadjusttime",
        "timechange",
        "netabort",
        "ipconflict",
        "macconflict",
        "reboot",
        "newfile",
        "systemstate",
        "rtspsessiondisconnect",
        "loginfailure",
    }
)
"""Codes of the device itself, not of what it sees, in small letters."""


def of_device(code: str) -> bool:
    """Whether a code is of the device itself; those with a `_` before them are of its own workings."""
    return code.startswith("_") or code.lower() in DEVICE_STATES


def moment(
    data: Mapping[str, Any], zone: tzinfo, received_at: datetime, problems: dict[str, None]
) -> datetime:
    """When it was: the device's time if it said one that can be believed, else that of receipt."""
    said = _said(data, zone, received_at, problems)
    if said is None:
        return received_at
    if said < _EPOCH or said > received_at + AHEAD:
        problems["implausible-time"] = None
        return received_at
    return said


def _said(
    data: Mapping[str, Any], zone: tzinfo, received_at: datetime, problems: dict[str, None]
) -> datetime | None:
    """`RealUTC` is what it says. `UTC` is so on some devices; on others it is the time on the wall
    written as if it were UTC: the one that is nearer to now is taken."""
    if (real := _instant(data.get("RealUTC"))) is not None:
        return real
    if (local := _local(data.get("LocaleTime"), zone)) is not None:
        return local
    utc = _instant(data.get("UTC"))
    if utc is None:
        return None
    wall = utc.replace(tzinfo=zone).astimezone(UTC)
    if abs(wall - received_at) < abs(utc - received_at):
        problems["utc-is-wall-time"] = None
        return wall
    return utc


def _instant(value: Any) -> datetime | None:
    """Seconds since 1970."""
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{9,10}(\.[0-9]{1,9})?", text):
        return None
    return datetime.fromtimestamp(float(text), UTC)


def _local(value: Any, zone: tzinfo) -> datetime | None:
    try:
        return (
            datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
        )
    except (ValueError, OverflowError):
        return None
