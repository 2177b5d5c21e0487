"""How fast raw frames become readings, against a plain parser in the same run.

The floor is what is usually written: the CRC by a table over all bytes, then `split` down to
the fields of each factor, with no tolerance and no problem named. Ours is what the daemon does:
`decode` and `readings.read`, every problem reported. Both take the same frames, whole, one by one.

    python bench/parse.py [--frames N] [--repeats K]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.hj212 import codec, frame

ZONE = ZoneInfo("Asia/Shanghai")
FACTORS = (
    ("a21026", 5, 40), ("a21002", 20, 120), ("a34013", 1, 12), ("a19001", 4, 19),
    ("a01011", 4, 18), ("a01012", 60, 160), ("a01013", 0, 2), ("a01014", 4, 15),
    ("a00000", 20, 90), ("a21005", 1, 80), ("a21024", 1, 30), ("a21003", 10, 90),
)  # fmt: skip
"""Code and range."""
DEVICES = 200
NOW = datetime(2026, 8, 2, tzinfo=UTC)


def compose(count: int) -> list[bytes]:
    """Real-time frames (CN=2011) of 12 factors from many devices, about 500 bytes each."""
    rng = random.Random(212)
    frames = []
    for index in range(count):
        when = datetime(2026, 8, 1, 8, tzinfo=UTC) + timedelta(seconds=30 * (index // DEVICES))
        stamp = when.astimezone(ZONE).strftime("%Y%m%d%H%M%S")
        mn = f"{index % DEVICES:024X}"
        values = ";".join(
            f"{code}-Rtd={rng.uniform(low, high):.2f},{code}-Flag={'D' if rng.random() < 0.002 else 'N'}"
            for code, low, high in FACTORS
        )
        segment = (
            f"QN={stamp}{index % 1000:03d};ST=31;CN=2011;PW=123456;MN={mn};Flag=5;"
            f"CP=&&DataTime={stamp};{values}&&"
        )
        frames.append(frame.build(segment.encode("ascii")))
    return frames


TABLE = []
for _byte in range(256):
    _register = _byte
    for _ in range(8):
        _register = (_register >> 1) ^ (0xA001 if _register & 1 else 0)
    TABLE.append(_register)


def plain(raw: bytes) -> tuple[dict[str, str], dict[str, dict[str, float | str]]]:
    """The floor: table CRC and split; header, and the fields of each factor."""
    segment = raw[6:-6]
    register = 0xFFFF
    for byte in segment:
        register = TABLE[(register >> 8) ^ byte]
    if f"{register:04X}".encode() != raw[-6:-2]:
        raise ValueError("CRC")
    head, _, content = segment.decode("ascii").partition("CP=&&")
    header = dict(part.split("=", 1) for part in head.rstrip(";").split(";"))
    factors: dict[str, dict[str, float | str]] = {}
    for group in content[:-2].split(";"):
        for pair in group.split(","):
            name, value = pair.split("=", 1)
            if name == "DataTime":
                header[name] = value
                continue
            code, field = name.split("-", 1)
            factors.setdefault(code, {})[field] = value if field == "Flag" else float(value)
    return header, factors


def ours(raw: bytes) -> codec.Understood:
    """The daemon's way."""
    return codec.read(codec.decode(raw), ZONE, 10, NOW)


def rate(parse: Callable[[bytes], object], frames: list[bytes]) -> float:
    begin = time.perf_counter()
    for each in frames:
        parse(each)
    return len(frames) / (time.perf_counter() - begin)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--frames", type=int, default=20_000)
    arguments.add_argument("--repeats", type=int, default=7)
    given = arguments.parse_args()
    frames = compose(given.frames)
    for each in frames[: 10 * DEVICES]:  # the devices become known, as in a daemon that runs
        ours(each)
    assert all(ours(each)[0] is not None for each in frames)
    pairs = [(rate(plain, frames), rate(ours, frames)) for _ in range(given.repeats)]
    print(
        json.dumps(
            {
                "frame_bytes": len(frames[0]),
                "values_per_frame": len(FACTORS),
                "plain_frames_per_s": round(statistics.median(a for a, _ in pairs)),
                "ours_frames_per_s": round(statistics.median(b for _, b in pairs)),
                "ratio": round(statistics.median(b / a for a, b in pairs), 2),
                "repeats": given.repeats,
            }
        )
    )


if __name__ == "__main__":
    main()
