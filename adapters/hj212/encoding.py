"""From the shape of a decoded frame back to bytes; for simulators, tests and `hj212 encode`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from adapters.hj212.frame import build
from adapters.hj212.numbers import text_of
from adapters.hj212.times import CHINA
from monitor.command import MASK, SECRETS

_PARTS = frozenset({"qn", "st", "cn", "pw", "mn", "flag", "items", "pollutants"})
_VERSIONS = {"2005": 0, "2017": 1, "2025": 2}


def encode(shape: Mapping[str, Any], zone: tzinfo = CHINA) -> bytes:
    """The frame of a shape as `decoding.to_json` gives it; what is absent is left out.

    Without `flag` it is made from `edition` (2017 where there is none either), `ack_wanted` and
    `packet`. `data_time` is written in the civil time of `zone`; without an offset it is that.
    `crc` picks the kind of CRC, `bad` gives a wrong one. Raises ValueError for what no frame can
    hold, what is no frame (`skipped`) and what cannot be had back (`encrypted`).
    """
    if not isinstance(shape, Mapping) or not _PARTS & shape.keys():
        raise ValueError("not the shape of a frame: an object with cn, mn, … is wanted")
    if shape.get("encrypted"):
        raise ValueError("the content was encrypted, so its bytes are not in this shape")
    segment = ";".join([*_header(shape), f"CP=&&{_content(shape, zone)}&&"])
    return build(segment.encode("utf-8"), shape.get("crc") or "hj212")


def _header(shape: Mapping[str, Any]) -> list[str]:
    sent = {"QN": "qn", "ST": "st", "CN": "cn", "PW": "pw", "MN": "mn"}
    fields = [f"{name}={_clean(shape[key])}" for name, key in sent.items() if _given(shape, key)]
    flag = shape["flag"] if "flag" in shape else _flag(shape)
    if flag is not None:
        fields.append(f"Flag={int(flag)}")
    packet = shape.get("packet")
    if packet:
        fields += [f"PNUM={int(packet['total'])}", f"PNO={int(packet['number'])}"]
    if shape.get("resent"):
        fields.append("RF=1")
    return fields


def _given(shape: Mapping[str, Any], key: str) -> bool:
    return shape.get(key) is not None


def _flag(shape: Mapping[str, Any]) -> int:
    version = _VERSIONS[shape.get("edition") or "2017"]
    return version << 2 | bool(shape.get("packet")) << 1 | bool(shape.get("ack_wanted"))


def _content(shape: Mapping[str, Any], zone: tzinfo) -> str:
    parts = []
    when = shape.get("data_time")
    if when:
        moment = datetime.fromisoformat(when)
        civil = moment if moment.tzinfo is None else moment.astimezone(zone)
        parts.append(f"DataTime={civil:%Y%m%d%H%M%S}")
    for name, value in (shape.get("items") or {}).items():
        if name in SECRETS and value == MASK:
            raise ValueError(f"{name} was masked when it was shown, and cannot be had back")
        parts.append(_clean(name) if value is None else f"{_clean(name)}={_item(value)}")
    for code, fields in (shape.get("pollutants") or {}).items():
        sent = _clean(fields.get("as_sent") or code)
        pairs = [f"{sent}-{_clean(k)}={_value(v)}" for k, v in fields.items() if k != "as_sent"]
        if pairs:
            parts.append(",".join(pairs))
    return ";".join(parts)


def _item(value: Any) -> str:
    text = str(value)
    if len(text) >= 4 and text.startswith("//") and text.endswith("//"):
        return text  # a log text may hold separators
    return _clean(text)


def _value(value: Any) -> str:
    if value is None:
        return ""
    return _clean(value) if isinstance(value, str) else text_of(value)


def _clean(value: Any) -> str:
    """A name or value as text; separators inside it would change the frame's meaning."""
    text = str(value)
    if any(mark in text for mark in ";,；，\r\n") or "&&" in text:
        raise ValueError(f"{text!r} holds a separator of HJ 212")
    return text
