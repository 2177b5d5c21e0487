"""The CRC of HJ 212 (Appendix A of the 2017 edition, same in 2005 and 2025), and Modbus beside it.

The standard's `CRC16_Checkout` looks like CRC-16/Modbus but keeps only the high byte of the
register between bytes (`r = T[(r >> 8) ^ byte]`). So the state is eight bits wide, the step from
byte to byte is linear over them, and applying it eight times gives the identity. A segment can
therefore be folded into one 8-byte word by XOR, aligned to its end, before any table is asked.
Only 256 of the 65,536 values occur: about one damaged frame in 256 passes. A good CRC is no proof.
"""

from __future__ import annotations

from fastcrc import crc16

_POLYNOMIAL = 0xA001
_WORD = 64


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = (register >> 1) ^ (_POLYNOMIAL if register & 1 else 0)
        table.append(register)
    return tuple(table)


_TABLE = _table()


def _powers() -> tuple[bytes, ...]:
    """The step from byte to byte, applied 0 to 7 times to each state."""
    powers = [bytes(range(256))]
    for _ in range(7):
        powers.append(bytes(_TABLE[state] >> 8 for state in powers[-1]))
    return tuple(powers)


_P0, _P1, _P2, _P3, _P4, _P5, _P6, _P7 = _powers()

_ENDINGS = tuple(b"%04X\r\n" % value for value in _TABLE)

# Foldings at multiples of 64 bits, in halves; those of 960 also fit the digits of Python's integers.
_LONG_FOLDS = tuple((bits, (1 << bits) - 1) for bits in (61440, 30720, 15360, 7680, 3840))
_LONG = 480
_LIMIT = 15_360
_M1920, _M960, _M512, _M64 = (1 << 1920) - 1, (1 << 960) - 1, (1 << 512) - 1, (1 << 64) - 1


def hj212(data: bytes | bytearray, state: int = 0xFF) -> int:
    """The CRC of a segment, or of its continuation from `state` (a previous result's high byte).

    >>> f"{hj212(b'123456789'):04X}"
    '2F80'
    """
    if not data:
        return 0xFFFF  # the register as it is initialised; a continuation is never empty
    return _TABLE[_last_index(data, state)]


def ending(segment: bytes) -> bytes:
    """What must follow a segment: the CRC's four digits, high byte first, and CR LF."""
    return _ENDINGS[_last_index(segment, 0xFF)]


def _last_index(data: bytes | bytearray, state: int) -> int:
    """Where the last step of the CRC looks into the table: all that the result depends on."""
    size = len(data)
    if size > _LIMIT:
        head = size - _LIMIT
        return _last_index(data[head:], _TABLE[_last_index(data[:head], state)] >> 8)
    word = int.from_bytes(data, "big")
    if size > _LONG:
        for bits, mask in _LONG_FOLDS:
            word = (word >> bits) ^ (word & mask)
    word = (word >> 1920) ^ (word & _M1920)
    word = (word >> 960) ^ (word & _M960)
    word = (word >> 512) ^ (word & _M512)
    word ^= word >> 256  # from here on the upper halves are left to be
    word ^= word >> 128
    word ^= (word >> 64) ^ (state << 8 * ((size - 1) & 7))
    a, b, c, d, e, f, g, h = (word & _M64).to_bytes(8, "big")
    return _P7[a] ^ _P6[b] ^ _P5[c] ^ _P4[d] ^ _P3[e] ^ _P2[f] ^ _P1[g] ^ h


def modbus(data: bytes | bytearray, state: int = 0xFFFF) -> int:
    """CRC-16/Modbus, which some loggers and gateways send instead."""
    return int(crc16.modbus(bytes(data), state))


def swapped(value: int) -> int:
    """The two bytes of a CRC in the other order."""
    return (value >> 8) | (value & 0xFF) << 8


def kind(data: bytes | bytearray, sent: int) -> str:
    """Which CRC of `data` the value `sent` is: `hj212`, `modbus`, `modbus-swapped` or `bad`.

    Modbus is computed only where the standard's own does not fit.
    """
    if hj212(data) == sent:
        return "hj212"
    other = modbus(data)
    if other == sent:
        return "modbus"
    return "modbus-swapped" if swapped(other) == sent else "bad"
