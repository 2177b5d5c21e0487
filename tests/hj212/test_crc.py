"""The CRC is the standard's, to the bit, and Modbus beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hj212 import crc

VECTORS = [
    (b"123456789", 0x2F80, 0x4B37),
    (b"", 0xFFFF, 0xFFFF),
    (  # HJ 212-2017 Appendix A
        b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
        b"CP=&&RtdInterval=30&&",
        0x1C80,
        0x0759,
    ),
]


def standard(data: bytes) -> int:
    """CRC16_Checkout as Appendix A prints it."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


@pytest.mark.parametrize(("data", "expected", "modbus"), VECTORS)
def test_published_values(data: bytes, expected: int, modbus: int) -> None:
    assert crc.hj212(data) == expected == standard(data)
    assert crc.modbus(data) == modbus


@given(st.binary(min_size=0, max_size=3000))
def test_equals_the_bitwise_algorithm(data: bytes) -> None:
    assert crc.hj212(data) == standard(data)


@pytest.mark.parametrize(
    "size", [*range(1, 20), 240, 479, 480, 481, 960, 961, 7680, 15_360, 40_001]
)
def test_equals_the_bitwise_algorithm_at_every_size_of_folding(size: int) -> None:
    data = bytes(index * 37 + 11 & 0xFF for index in range(size))
    assert crc.hj212(data) == standard(data)


@given(st.binary(min_size=1), st.binary(min_size=1))
def test_can_be_continued(first: bytes, second: bytes) -> None:
    assert crc.hj212(second, crc.hj212(first) >> 8) == crc.hj212(first + second)
    assert crc.modbus(second, crc.modbus(first)) == crc.modbus(first + second)


@given(st.binary(min_size=1, max_size=1024))
def test_ending_is_what_a_frame_ends_with(data: bytes) -> None:
    assert crc.ending(data) == b"%04X\r\n" % standard(data)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [(0x2F80, "hj212"), (0x4B37, "modbus"), (0x374B, "modbus-swapped"), (0x1234, "bad")],
)
def test_names_the_kind(sent: int, kind: str) -> None:
    assert crc.kind(b"123456789", sent) == kind
