"""What a sender is answered once its message is durable: the profile's words, filled in. Pure."""

from __future__ import annotations

import json
import re
from datetime import datetime, tzinfo
from typing import Any

from adapters.mqtt import path, scalar
from adapters.mqtt.path import Place
from adapters.power.codec import Heard
from adapters.power.profile import PART, Profile

_ECHO_LIMIT = 128
_NOT_IN_TOPICS = re.compile(r"[+#\x00]")


def body(profile: Profile, heard: Heard, at: datetime, zone: tzinfo) -> bytes | None:
    """The answer to a message; None where the profile has none for its kind."""
    words = profile.replies.get(heard.kind) if heard.kind is not None else None
    if words is None or heard.place is None:
        return None
    return _written(_filled(words, heard.place, _now(profile, at, zone)))


def refused(profile: Profile) -> bytes:
    """The answer to a push for which there is no other."""
    return _written(profile.refused)


def topic(profile: Profile, heard: Heard) -> str | None:
    """Where the answer goes; None where there is no place, or the message puts signs there."""
    if profile.reply_topic is None or heard.place is None:
        return None
    place = heard.place
    parts = [_echo(found[1], place) for found in PART.finditer(profile.reply_topic)]
    texts = [scalar.text(part) for part in parts]
    if any(text is None or _NOT_IN_TOPICS.search(text) for text in texts):
        return None
    rest = iter(texts)
    return PART.sub(lambda _: next(rest) or "", profile.reply_topic)


def _now(profile: Profile, at: datetime, zone: tzinfo) -> Any:
    """The time as the maker's devices write it."""
    seconds = at.timestamp()
    if profile.time_format.startswith("epoch"):
        if profile.epoch_is_local:
            seconds += (at.astimezone(zone).utcoffset() or at - at).total_seconds()
        return int(seconds * (1000 if profile.time_format == "epoch_ms" else 1))
    civil = at.astimezone(zone)
    if profile.time_format == "digits":
        return civil.strftime("%Y%m%d%H%M%S")
    if profile.time_format == "iso":
        return civil.isoformat(timespec="seconds")
    return civil.strftime(profile.time_format)


def _filled(words: Any, place: Place, now: Any) -> Any:
    if isinstance(words, dict):
        return {key: _filled(each, place, now) for key, each in words.items()}
    if isinstance(words, list):
        return [_filled(each, place, now) for each in words]
    part = PART.fullmatch(words) if isinstance(words, str) else None
    if part is None:
        return words
    return now if part[1] == "now" else _echo(part[1], place)


def _echo(where: str, place: Place) -> Any:
    value = path.parse(where).one(place)
    text = scalar.text(value)
    return None if text is None or len(text) > _ECHO_LIMIT else value


def _written(message: Any) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
