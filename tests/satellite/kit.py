"""FIRMS on a real server as it answers, its files, and adapters with what they are given."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.satellite.firms import Adapter
from adapters.satellite.firms.config import Config
from tests.video.kit import Bench
from tests.video.platform import Asked, Platform, Says, open_for
from tests.video.streaming import reading

KEY = "0123456789abcdef0123456789abcdef"
AREA = [112.0, 36.0, 113.0, 37.0]
VIIRS = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,"
    "version,bright_ti5,frp,daynight"
)
EMPTY = f"{VIIRS}\n".encode()


def config(**settings: Any) -> Config:
    return Config.model_validate({"type": "firms", "name": "fires", **settings})


def row(
    latitude: float = 36.105,
    longitude: float = 112.105,
    *,
    day: str = "2026-08-01",
    time: str = "0436",
    satellite: str = "N20",
    confidence: str = "n",
    version: str = "2.0NRT",
    frp: float = 4.2,
) -> str:
    """A line of VIIRS."""
    return (
        f"{latitude:.5f},{longitude:.5f},340.1,0.4,0.5,{day},{time},{satellite},VIIRS,{confidence},"
        f"{version},295.3,{frp},D"
    )


def file(*rows: str) -> bytes:
    return "\n".join((VIIRS, *rows, "")).encode()


@dataclass
class Firms:
    """Answers for sources and days."""

    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """By source and day; what is not there is an empty table."""
    says: Callable[[Asked], Says | None] = lambda _: None
    """What it answers to a request instead of what it should."""

    def __post_init__(self) -> None:
        self.platform = Platform(self._answer)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The sources and days that were asked for."""
        parts = [asked.path.split("/") for asked in self.platform.asked]
        return [(each[5], each[8]) for each in parts]

    def _answer(self, asked: Asked) -> Says:
        if (instead := self.says(asked)) is not None:
            return instead
        _, api, area, kind, key, source, box, days, day = asked.path.split("/")
        assert (api, area, kind, box, days) == ("api", "area", "csv", "112,36,113,37", "1")
        if key != KEY:
            return Says(b"Invalid MAP_KEY.", 400)
        return Says(self.files.get((source, day), EMPTY), headers={"content-type": "text/csv"})


@contextlib.asynccontextmanager
async def running(bench: Bench, firms: Firms, **settings: Any) -> AsyncIterator[Adapter]:
    """An adapter that asks it."""
    given = {"map_key": KEY, "area": AREA, "sources": ["VIIRS_NOAA20_NRT"], **settings}
    async with open_for(firms.platform) as url:
        adapter = Adapter(config(url=url, **given), bench.context())
        async with reading(adapter):
            yield adapter
