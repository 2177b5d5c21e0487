"""The codec of HJ 212 as others use it: bytes to messages, readings and plain objects, and back.

Pure: nothing here reads a clock, a file or a socket, and no bytes make `decode`, `read` or
`decode_stream` raise.
"""

from __future__ import annotations

from adapters.hj212.decoding import decode, may_be_sealed, to_json, unseal
from adapters.hj212.encoding import encode
from adapters.hj212.framing import Framer, Noise
from adapters.hj212.message import Message
from adapters.hj212.readings import Understood, read
from adapters.hj212.stream import decode_stream

__all__ = [
    "Framer",
    "Message",
    "Noise",
    "Understood",
    "decode",
    "decode_stream",
    "encode",
    "may_be_sealed",
    "read",
    "to_json",
    "unseal",
]
