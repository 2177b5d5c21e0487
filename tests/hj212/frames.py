"""Frames of the tests: composed, of devices that do not exist."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from adapters.hj212 import codec, frame

ZONE = ZoneInfo("Asia/Shanghai")
MN = "7E5700000000000000000001"
NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
"""13:00 in Shanghai."""

CODES = ["a21026", "a21002", "a34013", "a19001", "a00000", "a01012", "w01018", "w01001", "SB1"]
OLD_CODES = ["02", "03", "S01", "011", "B01", "001"]


def segment(
    content: str,
    cn: str = "2011",
    *,
    flag: str | None = "5",
    qn: str | None = "20260801120001000",
    mn: str | None = MN,
    pw: str | None = "123456",
    st: str = "31",
    extra: str = "",
) -> bytes:
    """A data segment; None leaves a field out."""
    fields = [("QN", qn), ("ST", st), ("CN", cn), ("PW", pw), ("MN", mn), ("Flag", flag)]
    header = "".join(f"{name}={value};" for name, value in fields if value is not None)
    return f"{header}{extra}CP=&&{content}&&".encode()


def make(content: str, cn: str = "2011", **header: Any) -> bytes:
    """A whole frame with the right CRC."""
    return frame.build(segment(content, cn, **header))


def understood(
    raw: bytes, minute_interval: int = 10, now: datetime = NOW, **more: Any
) -> codec.Understood:
    """What a frame comes to."""
    return codec.read(codec.decode(raw), ZONE, minute_interval, now, **more)


def decoded(raw: bytes) -> dict[str, Any]:
    """A frame as the command line shows it."""
    return codec.to_json(codec.decode(raw), ZONE)


numbers = st.one_of(
    st.sampled_from(
        ["0", "-0", "1", "9999.99", "-9999.99", "99999.99", "9999", "25", "14.0", "1e9"]
    ),
    st.decimals(min_value=-20_000, max_value=200_000, places=2).map(str),
    st.integers(-20, 10**10).map(str),
    st.floats(0, 100).map(lambda value: f"{value:.1f}"),
)
odd_numbers = st.sampled_from(
    [
        "",
        "-",
        "nan",
        "inf",
        "1_0",
        "１",
        "+1.5",
        ".5",
        "5.",
        " 7 ",
        "1e3",
        "0x10",
        "N",
        "1.2.3",
        "--1",
    ]
)
flags = st.sampled_from(["N", "N", "N", "D", "Td", "M", "0", "F", "", "故障"])
fields = st.sampled_from(
    ["Rtd", "Avg", "Min", "Max", "Cou", "ZsRtd", "ZsAvg", "ZsMin", "ZsMax", "RawAvg", "Flag"]
)
odd_fields = st.sampled_from(["flag", "RTD", "Rtd-Rtd", "SampleTime", "Ori", "ZsCou", "EFlag", "x"])
times = st.one_of(
    st.datetimes(datetime(2026, 7, 1), datetime(2026, 8, 1, 13)).map(  # noqa: DTZ001  # labels
        lambda when: when.strftime("%Y%m%d%H%M%S")
    ),
    st.sampled_from(
        [
            "20260801120000",
            "20260801000000",
            "19991231235959",
            "20991231235959",
            "20260231120000",
            "2026080112",
            "20260801120000123",
            "",
            "abc",
        ]
    ),
)


@st.composite
def contents(draw: st.DrawFn, *, odd: bool = True) -> str:
    """Contents as devices send them, and as they should not."""
    codes = draw(st.lists(st.sampled_from(CODES + (OLD_CODES if odd else [])), max_size=6))
    parts = [f"DataTime={draw(times)}"] if draw(st.integers(0, 9)) else []
    for code in codes:
        strange = odd and not draw(st.integers(0, 5))
        names = draw(st.lists(st.one_of(fields, odd_fields) if strange else fields, max_size=5))
        for name in names:
            if name.lower().endswith("flag"):
                value = draw(flags)
            else:
                value = draw(odd_numbers if strange else numbers)
            parts.append(f"{code}-{name}={value}")
    separators = st.sampled_from([";", ","] + ([";;", "；", "; ", ""] if odd else []))
    text = ""
    for index, part in enumerate(parts):
        text += (draw(separators) if index else "") + part
    return text + (draw(st.sampled_from(["", "", ";"])) if odd else "")


def many(count: int, seed: int = 1) -> list[bytes]:
    """Different frames with nothing wrong."""
    rng = random.Random(seed)
    start = datetime(2026, 8, 1, 8, tzinfo=UTC)
    return [
        make(
            f"DataTime={(start + timedelta(seconds=index)):%Y%m%d%H%M%S};"
            f"a21026-Rtd={rng.uniform(0, 50):.2f},a21026-Flag=N",
            qn=f"2026080112{index // 60 % 60:02d}{index % 60:02d}{index % 1000:03d}",
        )
        for index in range(count)
    ]
