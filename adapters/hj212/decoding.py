"""Bytes to messages and to the shape that the outside sees; and back. Pure, and never raises.

`decode` reads the frame and its header; a content is read by who wants it: `content.read` in full,
`readings.read` for the store. `to_json` is the shape of `offsite-monitor hj212 decode`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from adapters.hj212 import cipher, content, frame, header
from adapters.hj212.message import Content, Header, Message
from adapters.hj212.problems import unique
from adapters.hj212.times import instant
from monitor.command import MASK, SECRETS
from monitor.keys import Key

"""Items whose values are shown to nobody."""
_CLEAR = re.compile(rb"\s*[A-Za-z0-9_-]{1,64}\s*=")
_BRACED = re.compile(rb"\s*\{\s*0[xX][0-9A-Fa-f]{2}")
_HEX = re.compile(rb"[0-9A-Fa-f]{32,}")
_UNPRINTABLE = bytes(range(32)) + bytes(range(127, 256))


def decode(raw: bytes) -> Message:
    """A frame's outer form and header. What is wrong with them stands in `problems`."""
    segment = frame.regular_segment(raw)
    if segment is None:
        return decode_slowly(raw)
    qn, head, inner = header.read(segment)
    if inner and head.version >= 2 and not inner.startswith(b"DataTime=") and _is_cipher(inner):
        return decode_slowly(raw)
    # `Message(…)` would cost twice as much as what it does.
    return tuple.__new__(Message, (raw, qn, head, inner, "hj212", False, head.problems, None))


def decode_slowly(raw: bytes) -> Message:
    """The same without any short cut; `decode` must agree with it."""
    segment, kind, problems, _, _ = frame.take_apart(raw)
    qn, head, inner = header.read_slowly(segment)
    encrypted = bool(inner) and head.version >= 2 and _is_cipher(inner or b"")
    if encrypted:
        # The CRC of an encrypted frame is that of its clear text (HJ 212-2025 Appendix A.2).
        problems = [each for each in problems if each != "crc-mismatch"] + ["encrypted"]
    return Message(raw, qn, head, inner, kind, encrypted, unique([*problems, *head.problems]))


def may_be_sealed(message: Message) -> bool:
    """Whether keys are worth trying: HJ 212-2025's version, and not what a clear frame looks like."""
    return message.header.version >= 2 and (message.encrypted or message.crc == "bad")


def unseal(message: Message, keys: Sequence[Key]) -> tuple[Message, Key] | None:
    """An encrypted message in the clear, and the key that opened it; None if none does."""
    found = cipher.open_frame(message.raw, keys)
    if found is None:
        return None
    qn, head, inner = header.read_slowly(found.segment)
    problems = unique([*found.problems, *head.problems])
    clear = Message(message.raw, qn, head, inner, found.crc, False, problems, found.form.value)
    return clear, found.key


def _is_cipher(inner: bytes) -> bool:
    """Whether a content is no clear text: raw bytes, `{0xE4,0x3E,…}` or a run of hex digits."""
    if _CLEAR.match(inner):
        return False
    if _BRACED.match(inner) or _HEX.match(inner):
        return True
    unprintable = len(inner) - len(inner.translate(None, _UNPRINTABLE))
    return unprintable * 4 > len(inner)


def to_json(message: Message, zone: tzinfo) -> dict[str, Any]:
    """One decoded frame in the shape of `docs` and of `hj212 decode`; `encode` is its inverse."""
    head = message.header
    inner = content.read(message)
    when, time_problems = data_time(inner, zone)
    shape = {
        "edition": head.edition,
        "qn": message.qn,
        "st": head.st,
        "cn": head.cn,
        "pw": head.pw,
        "mn": head.mn,
        "flag": head.flag,
        "ack_wanted": head.ack_wanted,
        "packet": _packet(head, inner),
        "resent": head.resent,
        "encrypted": message.encrypted,
        "data_time": when and when.astimezone(zone).isoformat(),
        "items": {
            name: value if name not in SECRETS or value is None else MASK
            for name, value in inner.items.items()
        },
        "pollutants": _factors(inner),
        "crc": message.crc,
        "problems": list(unique([*message.problems, *inner.problems, *time_problems])),
    }
    return shape if message.form is None else {**shape, "cipher": message.form}


def data_time(inner: Content, zone: tzinfo) -> tuple[datetime | None, tuple[str, ...]]:
    """DataTime as an instant, and the problems with it; absent from a content without factors."""
    sent = inner.data_time
    if sent is None:
        return None, (("missing-data-time",) if inner.factors else ())
    longer = len(sent) > 14 and sent.isascii() and sent.isdigit()
    when = instant(sent[:14] if longer else sent, zone)
    if when is None:
        return None, ("bad-data-time",)
    return when, (("long-data-time",) if longer else ())


def _packet(head: Header, inner: Content) -> dict[str, int | None] | None:
    """PNO of PNUM; HJ/T 212-2005 has them in the content as well."""
    number, total = head.number, head.total
    if number is None and total is None:
        number = header.packet_number(inner.items.get("PNO"))
        total = header.packet_number(inner.items.get("PNUM"))
    if number is None and total is None:
        return None
    return {"number": number, "total": total}


def _factors(inner: Content) -> dict[str, dict[str, Any]]:
    factors: dict[str, dict[str, Any]] = {}
    for code, factor in inner.factors.items():
        factors[code] = dict(factor.fields)
        if factor.as_sent is not None:
            factors[code]["as_sent"] = factor.as_sent
    return factors
