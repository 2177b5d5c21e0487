"""The header of a data segment: the fields before CP, in any order, case and separation.

Of a device only the QN changes from frame to frame, so headers are remembered by all the rest.
"""

from __future__ import annotations

import re

from adapters.hj212 import text
from adapters.hj212.commands import COMMANDS, REPLIES, SYSTEMS
from adapters.hj212.message import Header
from adapters.hj212.problems import unique

_ORDER = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO", "RF")
_NAMES = {name.lower(): name for name in _ORDER}
_SEPARATORS = re.compile("[;,]")
_FIELD = re.compile(r"\s*(PNUM|PNO|QN|ST|CN|PW|MN|Flag|RF)\s*=", re.IGNORECASE)
_CP = re.compile(rb"CP\s*=", re.IGNORECASE)
_FULL_WIDTH = "；".encode()
MOST_PARTS = 200
"""A PNUM above this is not believed: HJ 212-2025 has one digit for it, earlier editions four."""
_MN_LIMIT = 64
_MN_HEX = re.compile("[0-9A-F]{24}")

_known: dict[bytes, Header] = {}
_KNOWN_LIMIT = 16_384
_KNOWN_KEY_LIMIT = 200


def read(segment: bytes) -> tuple[str | None, Header, bytes | None]:
    """QN, header and content of a data segment."""
    front, found, content = segment.partition(b";CP=&&")
    if found and front[:3] == b"QN=" and content[-2:] == b"&&" and content[0] != 32:
        qn, key = front[3:20], front[20:]
        if qn.isdigit() and (content[:2] != b"&&" or content == b"&&"):
            header = _known.get(key) or _remember(front, key)
            if header is not None:
                return qn.decode("ascii"), header, content[:-2]
    return read_slowly(segment)


def read_slowly(segment: bytes) -> tuple[str | None, Header, bytes | None]:
    """The same for any segment, however it is written; `read` must agree with it."""
    cp = _CP.search(segment)
    if cp is None:
        qn, header = _read_fields(segment, ["missing-cp"])
        return qn, header, None
    problems: list[str] = []
    before = _without_separator(segment[: cp.start()], problems)
    content = _content(segment[cp.end() :], problems)
    if cp[0] != b"CP=":
        problems.append("key-case" if cp[0].rstrip(b"= \t") != b"CP" else "stray-space")
    qn, header = _read_fields(before, problems)
    return qn, header, content


def _without_separator(before: bytes, problems: list[str]) -> bytes:
    """What stands before CP, less the separator behind it."""
    stripped = before.rstrip()
    if stripped.endswith(_FULL_WIDTH):
        problems.append("full-width-separator")
        return stripped.removesuffix(_FULL_WIDTH)
    if stripped.endswith((b";", b",")):
        if stripped.endswith(b","):
            problems.append("wrong-separator")
        return stripped[:-1]
    if before:
        problems.append("missing-separator")
    return before


def _remember(front: bytes, key: bytes) -> Header | None:
    """The header of a front in regular form, remembered by all of it but the QN."""
    if key[:1] != b";" or len(key) > _KNOWN_KEY_LIMIT or _CP.search(front) is not None:
        return None
    _, header = _read_fields(front, [])
    if len(_known) >= _KNOWN_LIMIT:
        _known.clear()
    _known[key] = header
    return header


def _content(rest: bytes, problems: list[str]) -> bytes:
    opened = rest.lstrip()
    if opened.startswith(b"&&"):
        if opened is not rest and len(opened) != len(rest):
            problems.append("stray-space")
        rest = opened[2:]
        if rest.endswith(b"&&"):
            rest = rest[:-2]
        elif rest.rstrip(b" ;\r\n\t").endswith(b"&&"):
            rest = rest.rstrip(b" ;\r\n\t")[:-2]
        else:
            problems.append("missing-cp-marks")
    else:
        problems.append("missing-cp-marks")
        rest = rest.removesuffix(b"&&")
    if rest.startswith(b"&&"):
        problems.append("doubled-cp-mark")
        rest = rest.lstrip(b"&")
    stripped = rest.lstrip(b" ")
    if stripped != rest:
        problems.append("stray-space")
    return stripped


def _read_fields(front: bytes, problems: list[str]) -> tuple[str | None, Header]:
    readable, encoding = text.decode(front)
    if encoding:
        problems.append(encoding)
    fields = _fields(text.plain_separators(readable, problems), problems)
    order = [_ORDER.index(name) for name in fields]
    if order != sorted(order):
        problems.append("header-order")
    return fields.get("QN") or None, _header(fields, problems)


def _fields(front: str, problems: list[str]) -> dict[str, str]:
    if "," in front:
        problems.append("wrong-separator")
    fields: dict[str, str] = {}
    for part in _SEPARATORS.split(front):
        if not part.strip():
            if front.strip():
                problems.append("empty-field")
            continue
        for name, value in _split_field(part, problems):
            if name in fields:
                problems.append("repeated-header")
            fields.setdefault(name, value)
    return fields


def _split_field(part: str, problems: list[str]) -> list[tuple[str, str]]:
    """The field of one part, or the several of one that lacks separators (`ST=31CN=2061`)."""
    starts = [0]
    if part.count("=") != 1:
        starts = [match.start() for match in _FIELD.finditer(part)]
        if not starts or starts[0] != 0:
            starts = [0]
    pairs = []
    if len(starts) > 1:
        problems.append("missing-separator")
    for start, end in zip(starts, [*starts[1:], len(part)], strict=True):
        name, separator, value = part[start:end].partition("=")
        canonical = _NAMES.get(name.strip().lower())
        if canonical is None or not separator:
            problems.append("unknown-header")
            continue
        if name.strip() != canonical:
            problems.append("key-case")
        if name.strip() != name or value.strip() != value:
            problems.append("stray-space")
        pairs.append((canonical, value.strip()))
    return pairs


def _header(fields: dict[str, str], problems: list[str]) -> Header:
    flag = _flag(fields.get("Flag"), problems)
    version = (flag or 0) >> 2
    if version > 2:
        problems.append("unknown-version")
    st, cn, mn = fields.get("ST") or None, fields.get("CN") or None, fields.get("MN")
    _name_missing(fields, version, problems)
    if st is not None and st not in SYSTEMS:
        problems.append("unlisted-st")
    if cn is not None and cn not in COMMANDS:
        problems.append("unlisted-cn")
    if cn in REPLIES and st != "91":
        problems.append("reply-form")
    if mn:
        _name_mn(mn, version, problems)
    number, total = _packet(fields, flag, problems)
    rf = fields.get("RF")
    if rf is not None and rf != "1":
        problems.append("unknown-rf")
    return Header(
        st, cn, fields.get("PW"), mn, flag, version, number, total, rf == "1", unique(problems)
    )


def _name_missing(fields: dict[str, str], version: int, problems: list[str]) -> None:
    qn, pw = fields.get("QN"), fields.get("PW")
    if not qn:
        problems.append("missing-qn")
    elif len(qn) != 17 or not (qn.isascii() and qn.isdigit()):
        problems.append("bad-qn")
    if not pw:
        problems.append("missing-pw" if pw is None else "empty-pw")
    problems.extend(f"missing-{name.lower()}" for name in ("ST", "CN") if not fields.get(name))
    # A logger that is not activated yet has no MN to give (HJ 212-2025, CN=1001).
    introduces = version >= 2 and fields.get("CN") == "1001" and "MN" in fields
    if not fields.get("MN") and not introduces:
        problems.append("missing-mn")


def names_device(mn: str | None) -> bool:
    """Whether an MN, whatever its form, can be the name of a device."""
    return bool(mn) and len(mn or "") <= _MN_LIMIT and not text.has_control(mn or "")


def _name_mn(mn: str, version: int, problems: list[str]) -> None:
    if len(mn) > _MN_LIMIT:
        problems.append("long-mn")
    elif text.has_control(mn):
        problems.append("mn-control-characters")
    elif not (_MN_HEX.fullmatch(mn) or (version == 0 and len(mn) == 14)):
        problems.append("mn-format")


def _flag(sent: str | None, problems: list[str]) -> int | None:
    if sent is None:
        problems.append("missing-flag")
        return None
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 4 and int(sent) <= 255):
        problems.append("bad-flag")
        return None
    return int(sent)


def _packet(
    fields: dict[str, str], flag: int | None, problems: list[str]
) -> tuple[int | None, int | None]:
    """PNO and PNUM. In 2005 bit 1 only allows splitting (HJ/T 212-2005 requests have Flag=3)."""
    announced = bool(flag and flag & 2)
    if "PNUM" not in fields and "PNO" not in fields:
        if announced and flag and flag >> 2:
            problems.append("missing-packet-number")
        return None, None
    if not announced:
        problems.append("unannounced-packet-number")
    total, number = packet_number(fields.get("PNUM")), packet_number(fields.get("PNO"))
    if total is None or number is None or not 1 <= number <= total:
        problems.append("bad-packet-number")
    elif total > MOST_PARTS:
        problems.append("absurd-packet-number")
    return number, total


def packet_number(sent: str | None) -> int | None:
    """PNUM or PNO as a number; None for what is none."""
    if sent is None or not (sent.isascii() and sent.isdigit() and len(sent) <= 4):
        return None
    return int(sent)
