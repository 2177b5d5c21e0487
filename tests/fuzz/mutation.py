"""Frames damaged as lines, modems and makers damage them, and worse. The same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from adapters.hj212.frame import build

LONGEST = 20_000

TOKENS = [
    b"##", b"&&", b"\r\n", b"\r", b"\n", b";", b",", b"=", b"-", b"CP=&&", b"QN=", b"ST=", b"CN=",
    b"PW=", b"MN=", b"Flag=", b"PNUM=", b"PNO=", b"RF=1;", b"DataTime=", b"//", b"{0x", b"}",
    b"0000", b"9999", b"##0000", b"##9999", b"2011", b"2051", b"2061", b"2031", b"2062", b"1001",
    b"1014", b"9011", b"9014", b"20261101000000", b"99999999999999", b"-1", b"nan", b"1e999",
    "；".encode(), "，".encode(), "故障".encode("gb18030"), b"\xff", b"\x00", b"a21026-Rtd=",
    b"a21026-Flag=N", b"w01018-Avg=", b"SB1-RS=", b"i12001-Info=//", b"a21026-Cou=9999999999999",
]  # fmt: skip

Mutation = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def _flip(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _replace(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    data[rng.randrange(len(data))] = rng.randrange(256)


def _delete(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 1, 2, 8, 64))]


def _insert(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(TOKENS)


def _repeat(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data))
    piece = data[at : at + rng.choice((1, 4, 16, 200))]
    data[at:at] = piece * rng.choice((1, 2, 10))


def _splice(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    other = rng.choice(seeds)
    data[rng.randrange(len(data)) :] = other[rng.randrange(len(other) + 1) :]


def _cut(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data)) :]


def _noise(data: bytearray, rng: random.Random, _seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.choice((1, 3, 30, 300)))


def _mend(data: bytearray, _rng: random.Random, _seeds: Sequence[bytes]) -> None:
    """Put length and CRC right again, so that what is inside is read."""
    segment = bytes(data[6:-6])
    if len(segment) <= 9999:
        data[:] = build(segment)


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _replace, _delete, _insert, _insert, _repeat, _splice, _cut, _noise, _mend, _mend,
)  # fmt: skip


class Mutator:
    """Endless damaged inputs."""

    def __init__(self, seeds: Sequence[bytes], seed: int) -> None:
        self._seeds = [each for each in seeds if each]
        self._rng = random.Random(seed)

    def next(self) -> bytes:
        """One input: some frames, some damage."""
        rng = self._rng
        data = bytearray(rng.choice(self._seeds))
        if rng.random() < 0.1:
            data += rng.choice(self._seeds)
        for _ in range(rng.choice((1, 1, 2, 3, 6))):
            if data:
                rng.choice(MUTATIONS)(data, rng, self._seeds)
        return bytes(data[:LONGEST])
