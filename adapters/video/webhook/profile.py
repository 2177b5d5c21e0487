"""How a platform's JSON is to be read: what stands where. Written in the configuration, never code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters.mqtt import path
from adapters.mqtt.profile import TimeFormat, ZoneName
from adapters.video.webhook.reply import Template, check
from adapters.video.webhook.signatures import Signature
from adapters.video.webhook.where import Conditions, Where
from monitor.event import Datum

OWN_DETAILS = frozenset({"time", "status", "name", "boxes", "boxes_in", "device", "channel"})
"""The details that are there without being asked for."""
_NAMED = re.compile(r"\{(device|channel)\}")


class Status(StrEnum):
    """What a message says of its event."""

    START = "start"
    STOP = "stop"
    INSTANT = "instant"
    PULSE = "pulse"
    """It goes on, or has come again."""
    UPDATE = "update"
    """There is more to say of it."""
    PICTURE = "picture"
    """Its picture comes now."""


LATER = frozenset({Status.UPDATE, Status.PICTURE})
"""They add to an event, and need not say again of which camera and what."""


def _source(template: str) -> str:
    if not _NAMED.search(template) or re.search(r"[{}\x00-\x1f]", _NAMED.sub("", template)):
        raise ValueError('a text with {device}, {channel} or both, e.g. "{device}/{channel}"')
    return template


def _base(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise ValueError("an address such as http://10.0.0.1:8080/evo-pic/")
    return url.rstrip("/") + "/"


class Profile(BaseModel):
    """Where the parts of an event are; paths as in `adapters/mqtt/path.py`, one or a list of them, of
    which the first that finds something counts. They start at the event, with `$` at the message."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    only: Conditions = Field(default_factory=dict)
    """Paths from the message, and the texts that must stand there: other messages (heartbeats, device
    states) are kept and not read."""

    events: Where = Field(default=".", validate_default=True)
    """Where the events are, if a message has several, e.g. `params.events[]`."""

    ignore: Conditions = Field(default_factory=dict)
    """Paths from the event, and the texts that must not stand there: such events are left out."""

    id: Where | None = None
    """The event's id, the same in all messages about it. Without one, device, channel, label and
    time are it together."""

    id_with: tuple[Literal["device", "channel", "label", "time"], ...] = ()
    """What the id is unique together with only, e.g. `["device"]` where each box counts for itself."""

    joins: Where | None = None
    """The id of the event that a later picture or update belongs to, where it is not at `id`."""

    time: Where | None = None
    """When it was; in a message that says `stop`, when it was over."""

    end: Where | None = None
    """When it was over, where one message says both."""

    sent: Where | None = None
    """When the message was sent, from the message."""

    time_format: TimeFormat = "iso"
    """`iso` (2026-08-01T12:00:00+08:00, also with a blank for the T or behind it), `digits`
    (20260801120000), `epoch_s`, `epoch_ms`, or a pattern of strptime such as `%Y/%m/%d %H:%M:%S`."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it, the bureau's. The adapter's `zone` goes before."""

    status: Where | None = None
    """What says whether it begins, ends or is an instant."""

    statuses: dict[str, Status] = Field(default_factory=dict)
    """The message's words for that: `start`, `stop`, `instant`, `pulse` (goes on), `update` (more is
    said of it), `picture` (its picture comes later than itself), e.g. `2 = "stop"`."""

    device: Where
    """The device, or the camera itself."""

    channel: Where | None = None
    """The channel of the device."""

    source: Annotated[str, AfterValidator(_source)] = "{device}"
    """The name of the camera as the register has it, made of `{device}` and `{channel}`. Without a
    channel in the message it is the device alone."""

    label: Where
    """What was seen: a word or a code."""

    names: dict[str, str] = Field(default_factory=dict)
    """Names for people of the labels, e.g. `131588 = "区域入侵"`; they stand in the details."""

    name: Where | None = None
    """The label's name for people, where the message has it; it goes before `names`."""

    confidence: Where | None = None
    """How sure the source is; of several the greatest."""

    confidence_scale: Literal[1, 100] = 1
    """What stands for certainty."""

    box: Where | None = None
    """The boxes around what was seen: four numbers (a list, a text, or an object), or a list of such."""

    box_format: Literal["xyxy", "ltwh"] = "xyxy"
    """`xyxy`: left, top, right, bottom; `ltwh`: left, top, width, height."""

    box_members: tuple[str, str, str, str] | None = None
    """The names of the four numbers where a box is an object, e.g. xmin, ymin, xmax, ymax."""

    box_scale: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """What stands for the whole width and height, e.g. 1 (normalised) or 1000; without it, pixels."""

    picture: Where | None = None
    """The pictures; all that the paths find."""

    picture_in: Where | None = None
    """Objects and lists in which every address (http://, https://), however deep, is a picture's."""

    picture_as: Literal["base64", "url", "part"] = "url"
    """What `picture` finds: `base64` (with or without `data:…,` in front), `url`, or `part`: the name
    of a part of the form; without `picture`, all parts that are not the JSON."""

    picture_separator: str | None = Field(default=None, min_length=1, max_length=8)
    """What stands between several pictures in one text, e.g. a comma."""

    picture_base: Annotated[str, AfterValidator(_base)] | None = None
    """What goes in front of addresses that are only a path."""

    longitude: Where | None = None
    """Degrees east."""

    latitude: Where | None = None
    """Degrees north."""

    datum: Datum = Datum.WGS84
    """What the position is in: `wgs84`, `cgcs2000` or `gcj02` (火星坐标)."""

    place_of: Literal["camera", "seen"] = "camera"
    """Whose position it is: the camera's, or that of what was seen."""

    supplementary: Conditions = Field(default_factory=dict)
    """Paths from the event, and the texts by which the source says that it comes after the fact."""

    silence: float = Field(default=300, ge=1, le=86_400)
    """Seconds: events of one camera and label no further apart than this are one episode."""

    details: dict[str, Where] = Field(default_factory=dict)
    """What else shall stand in the details, and where it is, e.g. `level = "eventLvl"`."""

    reply: Annotated[Template, AfterValidator(check)] = Field(default_factory=dict)
    """What is answered: an object in which texts of the form `{path}` stand for values of the
    message, e.g. `{ messageId = "{header.messageId}" }`, or a plain text."""

    signature: Signature | None = None
    """How the sender proves who it is; then `signature_key` is needed."""

    def camera(self, device: str, channel: str | None) -> str:
        """The name of a camera."""
        if channel is None:
            return device
        parts: Mapping[str, str] = {"device": device, "channel": channel}
        return _NAMED.sub(lambda found: parts[found[1]], self.source)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for text in (*self.only, *self.ignore, *self.supplementary):
            path.parse(text)
        if (self.status is None) != (not self.statuses):
            raise ValueError("status and statuses belong together")
        if self.channel is None and "{channel}" in self.source:
            raise ValueError("source: there is no channel")
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("longitude and latitude belong together")
        if self.id is None and any(status in LATER for status in self.statuses.values()):
            raise ValueError("statuses: later messages can only be joined by an id")
        if self.id is None and self.id_with:
            raise ValueError("id_with: there is no id")
        if own := OWN_DETAILS & set(self.details):
            raise ValueError(f"details: {', '.join(sorted(own))} is there without being asked for")
        return self
