"""The pictures of a message: where they are to be had, and what they are called. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from adapters.mqtt.path import Place
from adapters.video.parts import Part
from adapters.video.tidy import line
from adapters.video.webhook import where
from adapters.video.webhook.reading import Reading

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_ADDRESS_LIMIT = 2048
_NAME_LIMIT = 100
_DATA_URL = re.compile(r"data:[\w.+/-]{0,64}(;[\w=.+-]{0,64})*,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sought:
    """A picture as the message has it."""

    name: str = field(compare=False)
    form: Literal["base64", "url", "part"]
    text: str = ""
    """The base64, or the address; empty where what the message gives is none."""
    data: bytes = b""
    """The part of the form."""


class Unfit(Exception):
    """A picture that cannot be had; its text is the problem's name."""


def sought(place: Place, parts: Sequence[Part], reading: Reading) -> tuple[Sought, ...]:
    """The pictures of an event."""
    found = []
    for one in _all(place, parts, reading):
        if reading.pictures >= reading.reader.max_pictures:
            reading.name("too-many-pictures")
            break
        reading.pictures += 1
        found.append(one)
    return tuple(found)


def _all(place: Place, parts: Sequence[Part], reading: Reading) -> Iterator[Sought]:
    profile = reading.reader.profile
    if profile.picture_as == "part" and profile.picture is None:
        yield from (_part(part) for part in parts)
    for written in _written(place, reading):
        if profile.picture_as == "base64":
            yield Sought(f"picture-{reading.pictures + 1}", "base64", written)
        elif profile.picture_as == "url":
            yield _url(written, profile.picture_base, reading)
        elif named := [part for part in parts if written in (part.field, part.filename)]:
            yield _part(named[0])
        else:
            reading.name("picture-missing")
    for holder in where.every(profile.picture_in or (), place):
        yield from (_url(each, None, reading) for each in _addresses(holder))


def _written(place: Place, reading: Reading) -> Iterator[str]:
    """The texts that the profile's `picture` finds."""
    separator, most = reading.reader.profile.picture_separator, reading.reader.max_pictures + 1
    for value in where.every(reading.reader.profile.picture or (), place):
        if not isinstance(value, str):
            reading.name("picture-unfit")
            continue
        texts = [value] if separator is None else value.split(separator, most)
        yield from filter(None, (each.strip() for each in texts))


def _addresses(holder: Any) -> Iterator[str]:
    if isinstance(holder, str) and _ADDRESS.match(holder):
        yield holder.strip()
    elif isinstance(holder, dict | list):
        for each in holder.values() if isinstance(holder, dict) else holder:
            yield from _addresses(each)


def _url(written: str, base: str | None, reading: Reading) -> Sought:
    """An address; what is none is sought in vain, and said to be so."""
    if base is not None and not _ADDRESS.match(written):
        written = base + written.lstrip("/")
    usable = _ADDRESS.match(written) and len(written) <= _ADDRESS_LIMIT and written.isprintable()
    path = ""
    try:
        path = urlsplit(written[:_ADDRESS_LIMIT]).path
    except ValueError:
        usable = False  # of an address with a broken host
    name = plain(unquote(path), f"picture-{reading.pictures + 1}")
    return Sought(name, "url", written if usable else "")


def _part(part: Part) -> Sought:
    return Sought(plain(part.filename or part.field, "picture"), "part", data=part.body)


def plain(name: str, otherwise: str) -> str:
    """A file's name as it may be kept: no folders, nothing that cannot be stored or seen."""
    last = re.split(r"[/\\]", name)[-1]
    clean = line(last[-_NAME_LIMIT:]).strip(" .")
    return clean or otherwise


def decode(written: str, limit: int) -> bytes:
    """The bytes of base64, with or without `data:…,`, of both alphabets; raises Unfit."""
    prefix = _DATA_URL.match(written)
    body = written[prefix.end() :] if prefix else written
    if len(body) > limit // 3 * 4 + limit // 16 + 1024:  # with line ends
        raise Unfit("picture-too-large")
    try:
        packed = re.sub(rb"\s+", b"", body.encode("ascii")).rstrip(b"=")
        packed = packed.translate(bytes.maketrans(b"-_", b"+/"))
        data = base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise Unfit("picture-unfit") from None
    if len(data) > limit:
        raise Unfit("picture-too-large")
    return data
