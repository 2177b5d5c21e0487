"""Encrypted contents of HJ 212-2025 (6.4 and Appendix A.2): SM4, ECB, no padding.

Of what stands between `CP=&&` and `&&` the whole groups of 16 bytes are encrypted, the rest stays
plain; length and CRC are those of the clear frame. The standard prints the groups as
`{0xE4,0x3E,…}`, whose lengths fit raw bytes; both forms are taken, and plain hex digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from adapters.hj212 import crc, text
from adapters.hj212.frame import LONGEST_SEGMENT, Parts, take_apart
from monitor.keys import Key

GROUP = 16

_BRACES = re.compile(rb"\{\s*((?:0[xX][0-9A-Fa-f]{2}[\s,]*)+)\}")
_BYTE = re.compile(rb"0[xX]([0-9A-Fa-f]{2})")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{32})+")
_FIELD = re.compile(r"\s*[A-Za-z0-9_-]{1,64}\s*=")
_SEPARATOR = re.compile("[;,]")
_OF_THE_CLEAR_TEXT = {"crc-mismatch", "modbus-crc", "length-mismatch", "segment-too-long"}


class Form(StrEnum):
    """How the encrypted groups are written."""

    RAW = "sm4-raw"
    BRACES = "sm4-braces"
    HEX = "sm4-hex"


def seal(content: bytes, key: Key, form: Form = Form.RAW) -> bytes:
    """A content encrypted."""
    whole = len(content) // GROUP * GROUP
    encryptor = Cipher(algorithms.SM4(key.secret), modes.ECB()).encryptor()
    groups = encryptor.update(content[:whole])
    if form is Form.BRACES and groups:
        groups = b"{" + b",".join(b"0x%02X" % byte for byte in groups) + b"}"
    elif form is Form.HEX:
        groups = groups.hex().encode()
    return groups + content[whole:]


def seal_frame(
    segment: bytes,
    key: Key,
    form: Form = Form.RAW,
    length: Literal["plain", "sent"] = "plain",
) -> bytes:
    """The frame of a data segment with its content encrypted.

    `length`: what the length field says, the clear segment's size or the one sent; raw they are the
    same. Raises ValueError for a segment without `CP=&&…&&`.
    """
    front, found, rest = segment.partition(b"CP=&&")
    if not found or not rest.endswith(b"&&"):
        raise ValueError("a content to encrypt stands between CP=&& and &&")
    sent = front + found + seal(rest[:-2], key, form) + b"&&"
    size = len(segment) if length == "plain" else len(sent)
    return b"##%04d%b%04X\r\n" % (size, sent, crc.hj212(segment))


def opened(content: bytes, key: Key) -> Iterator[tuple[Form, bytes]]:
    """What a content may have been, in each form that it can have."""
    decryptor = Cipher(algorithms.SM4(key.secret), modes.ECB())
    for form, groups, rest in _readings(content):
        yield form, decryptor.decryptor().update(groups) + rest


def _readings(content: bytes) -> Iterator[tuple[Form, bytes, bytes]]:
    braced = _BRACES.match(content)
    if braced is not None:
        groups = bytes(int(digits, 16) for digits in _BYTE.findall(braced[1]))
        if len(groups) % GROUP == 0 and len(content) - braced.end() < GROUP:
            yield Form.BRACES, groups, content[braced.end() :]
    run = _HEX.match(content)
    if run is not None and len(content) - run.end() < GROUP:
        yield Form.HEX, bytes.fromhex(run[0].decode()), content[run.end() :]
    whole = len(content) // GROUP * GROUP
    if whole:
        yield Form.RAW, content[:whole], content[whole:]


def is_clear(content: bytes) -> bool:
    """Whether a decrypted content looks like one: text throughout, fields between the separators.

    A CRC of eight bits is no proof, and a group damaged on the way is 16 bytes of chance.
    """
    readable, problem = text.decode(content)
    if problem == "undecodable-text" or (problem and "-Info=" not in readable):
        return False
    if text.has_control(readable.replace("\n", "").replace("\r", "")):
        return False
    parts = _SEPARATOR.split(readable)
    if "//" in readable or len(parts) <= 2:  # log texts hold separators; a sub-packet may be cut
        return _FIELD.search(readable) is not None
    return all(not part.strip() or _FIELD.match(part) for part in parts[1:-1])


class Opened(NamedTuple):
    """What an encrypted frame was."""

    segment: bytes
    """The clear data segment."""
    crc: str
    problems: list[str]
    form: Form
    key: Key


def open_frame(raw: bytes, keys: Sequence[Key]) -> Opened | None:
    """An encrypted frame opened with the first key that fits; None if none does."""
    parts = take_apart(raw)
    front, found, rest = parts.segment.partition(b"CP=&&")
    if not found:
        return None
    for key in keys:
        for form, content in opened(rest.removesuffix(b"&&"), key):
            if not is_clear(
                content
            ):  # nearly all wrong keys end here, before anything is summed up
                continue
            segment = front + found + content + b"&&"
            kind = crc.kind(segment, parts.sent)
            if kind != "bad":
                return Opened(segment, kind, _problems(parts, segment, kind), form, key)
    return None


def _problems(parts: Parts, segment: bytes, kind: str) -> list[str]:
    """What is wrong with the form of a frame, now that its clear text is known."""
    problems = [each for each in parts.problems if each not in _OF_THE_CLEAR_TEXT]
    if parts.length not in (len(parts.segment), len(segment)):
        problems.append("length-mismatch")
    if len(segment) > LONGEST_SEGMENT:
        problems.append("segment-too-long")
    if kind != "hj212":
        problems.append("modbus-crc")
    return problems
