"""Messages over MQTT: from bytes to what was said, and the bytes of replies. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from adapters.drone.dji.said import Flight, Noted, Uploaded, count, flight, member, text, uploaded
from adapters.mqtt import document

DEPTH = 12
_TOPIC = re.compile(r"(thing|sys)/product/([^/]{1,64})/(events|requests|status)")
_REPLIES = {"events": "events_reply", "requests": "requests_reply", "status": "status_reply"}
OTHERS = frozenset(
    {
        "airsense_warning",
        "camera_photo_take_progress",
        "cover_close",
        "cover_open",
        "custom_data_transmission_from_esdk",
        "custom_data_transmission_from_psdk",
        "device_exit_homing_notify",
        "drc_status_notify",
        "fileupload_progress",
        "flight_areas_drone_location",
        "flight_areas_sync_progress",
        "flighttask_ready",
        "fly_to_point_progress",
        "highest_priority_upload_flighttask_media",
        "hms",
        "joystick_invalid_notify",
        "obstacle_avoidance_notify",
        "ota_progress",
        "poi_status_notify",
        "return_home_info",
        "takeoff_to_point_progress",
        "update_topo",
    }
)
"""Methods that say nothing of files: kept, answered, and that is all."""
STORAGE = "storage_config_get"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message and what it says."""

    gateway: str
    method: str = ""
    reply_to: str | None = None
    """The topic of the reply, where one is due."""
    tid: str = ""
    bid: str = ""
    file: Uploaded | None = None
    flight: Flight | None = None
    wants_storage: bool = False
    """It asks where to put files, and by which key."""
    problems: tuple[str, ...] = ()


def read(topic: str, payload: bytes, prefix: str, zone: tzinfo, at: datetime) -> Heard:
    """What a message says; whatever it is, something comes of it."""
    note = Noted()
    place = _TOPIC.fullmatch(topic)
    if place is None or (place[1] == "sys") != (place[3] == "status"):
        return Heard(gateway="", problems=("unknown-topic",))
    gateway, kind = text(place[2]), place[3]
    try:
        message = document.read(payload, DEPTH, note)
    except document.Unreadable as unreadable:
        return Heard(gateway=gateway, problems=(*note.names, str(unreadable)))
    if not isinstance(message, dict):
        return Heard(gateway=gateway, problems=(*note.names, "not-an-object"))
    named = text(member(message, "gateway"))
    if named and named != gateway:
        note("other-gateway")
    method, data = text(message.get("method"), 64), message.get("data")
    file = way = None
    if method == "file_upload_callback":
        file = _file(data, prefix, zone, gateway, at, note)
    elif method == "flighttask_progress":
        way = flight(data, note)
    elif method not in OTHERS and method != STORAGE:
        note("unknown-method")
    wants_storage = kind == "requests" and method == STORAGE
    due = kind == "status" or wants_storage or (kind == "events" and message.get("need_reply") == 1)
    return Heard(
        gateway=gateway,
        method=method,
        reply_to=f"{place[1]}/product/{place[2]}/{_REPLIES[kind]}" if due else None,
        tid=text(message.get("tid")),
        bid=text(message.get("bid")),
        file=file,
        flight=way,
        wants_storage=wants_storage,
        problems=tuple(note.names),
    )


def _file(
    data: Any, prefix: str, zone: tzinfo, gateway: str, at: datetime, note: Noted
) -> Uploaded | None:
    if member(data, "result") not in (None, 0):
        note("upload-failed")
        return None
    task = member(data, "flight_task")
    expected = count(member(task, "expected_file_count"), note)
    return uploaded(
        member(data, "file"),
        prefix=prefix,
        zone=zone,
        source=gateway,
        at=at,
        expected=expected,
        note=note,
    )


def reply(heard: Heard, at: datetime, result: int = 0, output: Any = None) -> bytes:
    """The bytes of the answer to a message: its own tid and bid."""
    data: dict[str, Any] = {"result": result}
    if output is not None:
        data["output"] = output
    message = {
        "tid": heard.tid,
        "bid": heard.bid,
        "timestamp": int(at.timestamp() * 1000),
        "gateway": heard.gateway,
        "method": heard.method,
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False).encode()
