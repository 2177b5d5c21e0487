"""Who complains (举报人): taken out of texts, and kept sealed. Pure.

Their identity is secret (Code art. 145–146). It is sealed with the bureau's own master secret
(AES-256-GCM, the complaint's number as associated data), so that a copy of the database opens nothing,
and no identity can be put under another complaint.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SOMEBODY = "〔举报人〕"
"""What stands where the reporter was named."""

_FORMAT = b"\x01"
_NONCE = 12
_LEAST, _LEAST_DIGITS = 2, 5
"""A single character names nobody and stands in many words; so does a short number (an age)."""
_BETWEEN = r"[\s\u200b\-－–·・._]*"
_PHONE = re.compile(r"[+\d\s()（）\-－–.]{7,}")
_COUNTRY = re.compile(r"(?:00)?86(?=\d{11}$)")


def redacted(text: str, reporter: Mapping[str, Any]) -> str:
    """A text in which nothing stands of what is said of its reporter, however it is spaced and whatever
    the width of its characters."""
    for value in sorted(set(_named(reporter)), key=len, reverse=True):
        marks = (_mark(mark) for mark in value)
        text = re.sub(_BETWEEN.join(marks), SOMEBODY, text, flags=re.IGNORECASE)
    return text


def _named(reporter: Mapping[str, Any]) -> Iterator[str]:
    """What names the reporter: every value, without what may stand between its characters."""
    ahead: list[Any] = [reporter]
    while ahead:
        value = ahead.pop()
        if isinstance(value, Mapping):
            ahead.extend(value.values())
        elif isinstance(value, list | tuple):
            ahead.extend(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            for text in (str(value), unicodedata.normalize("NFKC", str(value))):
                bare = _bare(text)
                if len(bare) >= (_LEAST_DIGITS if bare.isdigit() else _LEAST):
                    yield bare


def _bare(text: str) -> str:
    if _PHONE.fullmatch(text):
        return _COUNTRY.sub("", re.sub(r"\D", "", text))
    return re.sub(_BETWEEN, "", text)


def _mark(mark: str) -> str:
    """A character, or the same at full width."""
    wide = chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark
    return f"[{re.escape(mark)}{wide}]" if wide != mark else re.escape(mark)


def seal(number: int, reporter: Mapping[str, Any], text: str, master: str) -> bytes:
    """The reporter of a complaint, and its text as it came, as they are stored."""
    nonce = secrets.token_bytes(_NONCE)
    said = json.dumps({"reporter": dict(reporter), "text": text}, ensure_ascii=False).encode()
    return _FORMAT + nonce + _cipher(master).encrypt(nonce, said, _whose(number))


def unseal(number: int, sealed: bytes, master: str) -> dict[str, Any]:
    """The inverse: `reporter` and `text`; ValueError if the master secret, or complaint, is another."""
    nonce, said = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        if sealed[:1] != _FORMAT:
            raise InvalidTag
        found: dict[str, Any] = json.loads(_cipher(master).decrypt(nonce, said, _whose(number)))
    except InvalidTag:
        raise ValueError(
            f"the reporter of complaint {number} was stored with another keys.master; set that one again"
        ) from None
    return found


def _whose(number: int) -> bytes:
    return f"complaint {number}".encode()


def _cipher(master: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=b"offsite-monitor reporters of complaints")
    return AESGCM(derived.derive(master.encode()))
