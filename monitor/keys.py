"""Keys of devices that encrypt (HJ 212-2025 6.4): what they may be, and how they are kept. Pure.

A key is 16 characters and belongs to one MN. In the store it lies wrapped with the bureau's own
master secret (AES-256-GCM, the MN as associated data), so that a copy of the database opens nothing,
and no key can be put under another device.
"""

from __future__ import annotations

import itertools
import secrets
import string

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SIZE = 16
"""SM4 has keys of 128 bits; NewSK gives them as 16 characters."""

_ALPHABET = string.ascii_letters + string.digits
_ORDERED = string.digits + string.ascii_lowercase
_FORMAT = b"\x01"
_NONCE = 12
_LEAST_DIFFERENT = 6


class Key:
    """A key whose characters show in no text made of it; `secret` gives them."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        """Raises ValueError for what is not 16 bytes."""
        if len(secret) != SIZE:
            raise ValueError(f"a key has {SIZE} characters")
        self._secret = secret

    @property
    def secret(self) -> bytes:
        """The 16 bytes."""
        return self._secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and secrets.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self._secret)

    def __repr__(self) -> str:
        return "Key(***)"

    def __reduce__(self) -> str:
        raise TypeError("a key is not to be written down")


def new_key() -> Key:
    """A key by chance: letters and digits, nothing else, since it travels inside a content."""
    while True:
        text = "".join(secrets.choice(_ALPHABET) for _ in range(SIZE))
        if weakness(text) is None:
            return Key(text.encode())


def weakness(text: str, password: str | None = None) -> str | None:
    """Why a text must not be a key; None if it may. Never repeats the text.

    HJ 212-2025 6.4.3 forbids fixed values and those with a rule to them.
    """
    if len(text) != SIZE or not all(" " < mark < "\x7f" and mark not in ";,&" for mark in text):
        return f"a key has {SIZE} letters, digits or signs, and no `;`, `,` or `&`"
    if any(text == (text[:size] * SIZE)[:SIZE] for size in range(1, SIZE // 2 + 1)):
        return "it repeats itself (HJ 212-2025 6.4.3 forbids regular values)"
    places = [_ORDERED.find(mark) for mark in text.lower()]
    steps = {b - a for a, b in itertools.pairwise(places)}
    if -1 not in places and steps <= {1, 1 - 10, 1 - len(_ORDERED)}:
        return "it counts up (HJ 212-2025 6.4.3 forbids regular values)"
    if -1 not in places and steps <= {-1, 9, len(_ORDERED) - 1}:
        return "it counts down (HJ 212-2025 6.4.3 forbids regular values)"
    if len(set(text)) < _LEAST_DIFFERENT:
        return f"it has fewer than {_LEAST_DIFFERENT} different characters"
    if password and password in text:
        return "it holds the device's password (PW)"
    return None


def wrap(key: Key, mn: str, master: str) -> bytes:
    """A device's key as it is stored."""
    nonce = secrets.token_bytes(_NONCE)
    return _FORMAT + nonce + _cipher(master).encrypt(nonce, key.secret, mn.encode())


def unwrap(wrapped: bytes, mn: str, master: str) -> Key:
    """The inverse of `wrap`; ValueError if the master secret, or the device, is another one."""
    nonce, sealed = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
    try:
        if wrapped[:1] != _FORMAT:
            raise InvalidTag
        return Key(_cipher(master).decrypt(nonce, sealed, mn.encode()))
    except (InvalidTag, ValueError):
        raise ValueError(
            f"the key of {mn} was stored with another keys.master; set that one again"
        ) from None


def _cipher(master: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=b"offsite-monitor device keys")
    return AESGCM(derived.derive(master.encode()))
