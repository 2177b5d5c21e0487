"""The industries that outlets are made of: what they emit, how they are run. Data, not code.

Limits are in mg/m3 at reference oxygen (air) and mg/L (water). Orders of magnitude follow the standards
that are named; the ways of running are the author's judgement of common practice, not measurements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench.detection.noise import Bounds

NONE = float("nan")


@dataclass(frozen=True, kw_only=True)
class Pollutant:
    """A pollutant as an industry emits it and its analysers see it."""

    code: str
    limits: tuple[tuple[float, float], ...]
    """Pairs of an hour limit and a day limit (NaN: none), of which an outlet has one."""
    digits: tuple[int, ...]
    """Decimals that reports may have; HJ 212 formats and what platforms keep."""
    detection: Bounds
    """Where the detection limit of its analysers lies."""
    follows: Bounds
    """By which power it goes with the load."""
    common: Bounds
    """How much of its variation it shares with the outlet's other pollutants (correlation)."""
    starting: float = 1.0
    """By how much more there is of it in the first hours of a start."""


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How the load goes, as a share of full load."""

    mean: Bounds
    day: Bounds
    """Amplitude over the day."""
    week: Bounds
    """By how much it is less at the weekend."""
    season: Bounds
    """Amplitude over the year."""
    wander: Bounds
    """Standard deviation of slow changes …"""
    tau: Bounds
    """… and the hours that they last."""
    shifts: bool = False
    """Works by day and on workdays only."""
    batches: bool = False
    """Discharges a batch, then waits for the next."""
    banked: float = 0.0
    """Of the outlets, how many bank the fire in some nights (压火): it goes on with little of it and
    much air, and nobody declares a stop."""


@dataclass(frozen=True, kw_only=True)
class Stops:
    """When the plant stands."""

    per_year: Bounds
    hours: Bounds
    start_hours: Bounds
    """How long a start takes."""
    festival: float = 0.0
    """Of the outlets, how many stand around the Spring Festival."""
    season_share: float = 0.0
    """Of the outlets, how many stand for a season …"""
    season: tuple[int, int] = (0, 0)
    """… which goes from one day of the year to another, some weeks more or less."""


@dataclass(frozen=True, kw_only=True)
class Gas:
    """The flue gas."""

    reference: float | None
    """Reference oxygen in %, where standards have one; without it there is no oxygen channel."""
    oxygen: Bounds
    """At full load."""
    slope: Bounds
    """By how many points it rises towards no load."""
    temperature: Bounds
    humidity: Bounds
    velocity: Bounds


@dataclass(frozen=True, kw_only=True)
class Industry:
    """What outlets of an industry have in common."""

    name: str
    share: float
    """Of the outlets of a city."""
    pollutants: tuple[Pollutant, ...]
    rhythm: Rhythm
    stops: Stops
    gas: Gas | None = None
    """None for water."""
    acidity: Bounds = (7.0, 7.8)
    litres: Bounds = (0.0, 0.0)
    """Flow of water in L/s."""


def _gas(limits: dict[str, tuple[tuple[float, float], ...]]) -> tuple[Pollutant, ...]:
    return tuple(replace(_GASES[code], limits=choice) for code, choice in limits.items())


_GASES = {
    each.code: each
    for each in (
        Pollutant(code="a21026", limits=(), digits=(2, 2, 1, 1, 0), detection=(0.5, 2.0),
                  follows=(0.1, 0.6), common=(0.3, 0.8), starting=1.4),
        Pollutant(code="a21002", limits=(), digits=(2, 1, 1, 0), detection=(0.5, 2.0),
                  follows=(0.1, 0.5), common=(0.3, 0.8), starting=1.6),
        Pollutant(code="a34013", limits=(), digits=(2, 2, 1, 1, 0), detection=(0.1, 1.0),
                  follows=(0.0, 0.4), common=(0.3, 0.8), starting=1.5),
        Pollutant(code="a21005", limits=(), digits=(2, 1, 1), detection=(0.5, 1.5),
                  follows=(-0.3, 0.2), common=(0.3, 0.8), starting=4.0),
        Pollutant(code="a21024", limits=(), digits=(2, 1, 1), detection=(0.1, 0.5),
                  follows=(0.1, 0.4), common=(0.3, 0.8), starting=1.2),
    )
}  # fmt: skip
"""The limits are an industry's own."""


def _hourly(*limits: float) -> tuple[tuple[float, float], ...]:
    return tuple((limit, NONE) for limit in limits)


def _water(
    code: str, limits: tuple[float, ...], digits: tuple[int, ...], least: Bounds
) -> Pollutant:
    """Standards of water limit the day's mean; some bureaus hold hours against the same number."""
    choice = tuple(pair for limit in limits for pair in ((NONE, limit), (limit, limit)))
    return Pollutant(
        code=code,
        limits=choice,
        digits=digits,
        detection=least,
        follows=(-0.2, 0.4),
        common=(0.3, 0.7),
    )


_STEADY = Rhythm(
    mean=(0.75, 0.92), day=(0.0, 0.04), week=(0.0, 0.02), season=(0.0, 0.05),
    wander=(0.03, 0.08), tau=(12, 48),
)  # fmt: skip

POWER = Industry(
    name="coal power",  # GB 13223-2011, 环发〔2015〕164号
    share=0.12,
    pollutants=_gas({"a21026": _hourly(35, 50), "a21002": _hourly(50, 100), "a34013": _hourly(10)}),
    rhythm=Rhythm(
        mean=(0.6, 0.8), day=(0.08, 0.2), week=(0.0, 0.08), season=(0.03, 0.1),
        wander=(0.05, 0.12), tau=(6, 24),
    ),
    stops=Stops(per_year=(1, 5), hours=(30, 500), start_hours=(6, 14)),
    gas=Gas(reference=6.0, oxygen=(4.5, 6.5), slope=(3, 7), temperature=(48, 90),
            humidity=(8, 14), velocity=(9, 18)),
)  # fmt: skip

BOILER = Industry(
    name="industrial boiler",  # GB 13271-2014
    share=0.2,
    pollutants=_gas(
        {"a21026": _hourly(35, 200, 300), "a21002": _hourly(50, 200, 300),
         "a34013": _hourly(10, 30, 50)}
    ),
    rhythm=Rhythm(
        mean=(0.5, 0.75), day=(0.05, 0.2), week=(0.0, 0.15), season=(0.05, 0.2),
        wander=(0.05, 0.15), tau=(5, 24), banked=0.25,
    ),
    stops=Stops(per_year=(3, 15), hours=(8, 300), start_hours=(3, 8), season_share=0.35,
                season=(80, 315), festival=0.3),
    gas=Gas(reference=9.0, oxygen=(8, 12), slope=(3, 7), temperature=(45, 140),
            humidity=(5, 12), velocity=(5, 14)),
)  # fmt: skip

INCINERATOR = Industry(
    name="waste incinerator",  # GB 18485-2014
    share=0.08,
    pollutants=_gas(
        {"a21026": ((100, 80),), "a21002": ((300, 250),), "a34013": ((30, 20),),
         "a21005": ((100, 80),), "a21024": ((60, 50),)}
    ),
    rhythm=_STEADY,
    stops=Stops(per_year=(3, 7), hours=(24, 240), start_hours=(8, 16)),
    gas=Gas(reference=11.0, oxygen=(6.5, 10), slope=(3, 8), temperature=(125, 165),
            humidity=(16, 24), velocity=(9, 18)),
)  # fmt: skip

CEMENT = Industry(
    name="cement kiln",  # GB 4915-2013, ultra-low opinion of 2024
    share=0.06,
    pollutants=_gas(
        {"a21026": _hourly(35, 100, 200), "a21002": _hourly(50, 320, 400),
         "a34013": _hourly(10, 20, 30)}
    ),
    rhythm=_STEADY,
    stops=Stops(per_year=(4, 10), hours=(12, 500), start_hours=(8, 30), season_share=0.8,
                season=(335, 425)),
    gas=Gas(reference=10.0, oxygen=(8, 11.5), slope=(4, 9), temperature=(85, 150),
            humidity=(6, 12), velocity=(10, 18)),
)  # fmt: skip

SINTER = Industry(
    name="sinter machine",  # GB 28662-2012, 环大气〔2019〕35号
    share=0.08,
    pollutants=_gas(
        {"a21026": _hourly(35, 180), "a21002": _hourly(50, 300), "a34013": _hourly(10, 40)}
    ),
    rhythm=_STEADY,
    stops=Stops(per_year=(12, 40), hours=(3, 60), start_hours=(2, 6)),
    gas=Gas(reference=16.0, oxygen=(14.5, 16.5), slope=(2, 4), temperature=(90, 150),
            humidity=(7, 13), velocity=(12, 22)),
)  # fmt: skip

COATING = Industry(
    name="coating line",
    share=0.16,
    pollutants=(
        Pollutant(code="a24088", limits=_hourly(40, 60, 80, 120), digits=(3, 2, 2, 1),
                  detection=(0.05, 0.2), follows=(0.5, 1.2), common=(0.0, 0.2)),
    ),
    rhythm=Rhythm(
        mean=(0.55, 0.8), day=(0.0, 0.1), week=(0.0, 0.0), season=(0.0, 0.1),
        wander=(0.08, 0.2), tau=(3, 10), shifts=True,
    ),
    stops=Stops(per_year=(1, 5), hours=(24, 240), start_hours=(1, 2), festival=0.8),
    gas=Gas(reference=None, oxygen=(20.9, 20.9), slope=(0, 0), temperature=(25, 60),
            humidity=(2, 6), velocity=(6, 15)),
)  # fmt: skip

SEWAGE = Industry(
    name="sewage works",  # GB 18918-2002 1A
    share=0.16,
    pollutants=(
        _water("w01018", (40, 50), (2, 1, 1), (2, 10)),
        _water("w21003", (2, 5), (3, 2, 2), (0.02, 0.05)),
        _water("w21011", (0.3, 0.5), (3, 2, 2), (0.005, 0.02)),
        _water("w21001", (12, 15), (2, 2), (0.05, 0.2)),
    ),
    rhythm=Rhythm(
        mean=(0.6, 0.8), day=(0.1, 0.25), week=(-0.03, 0.05), season=(0.03, 0.1),
        wander=(0.03, 0.1), tau=(12, 60),
    ),
    stops=Stops(per_year=(0, 1), hours=(4, 24), start_hours=(1, 2)),
    litres=(80, 1500),
)  # fmt: skip

CHEMICAL = Industry(
    name="chemical waste water",  # GB 8978-1996
    share=0.14,
    pollutants=(
        _water("w01018", (100, 500), (2, 1, 1, 0), (5, 15)),
        _water("w21003", (15, 45), (3, 2, 2), (0.02, 0.1)),
        _water("w21011", (1, 8), (3, 2, 2), (0.005, 0.02)),
        _water("w21001", (40, 70), (2, 2), (0.05, 0.3)),
    ),
    rhythm=Rhythm(
        mean=(0.55, 0.8), day=(0.0, 0.08), week=(0.0, 0.1), season=(0.0, 0.1),
        wander=(0.08, 0.2), tau=(4, 16), batches=True,
    ),
    stops=Stops(per_year=(1, 6), hours=(24, 200), start_hours=(1, 2), festival=0.5),
    acidity=(7.0, 8.3),
    litres=(3, 60),
)  # fmt: skip

INDUSTRIES = (POWER, BOILER, INCINERATOR, CEMENT, SINTER, COATING, SEWAGE, CHEMICAL)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How well a pollutant is kept: shares of the lower of its limits."""

    chance: float
    level: Bounds
    spread: Bounds
    """Standard deviation of the logarithm."""


MANNERS = (
    Manner(chance=0.30, level=(0.04, 0.20), spread=(0.18, 0.45)),  # ultra-low
    Manner(chance=0.40, level=(0.25, 0.60), spread=(0.10, 0.35)),
    Manner(chance=0.15, level=(0.70, 0.85), spread=(0.04, 0.09)),  # near the limit, within it
    Manner(chance=0.15, level=(0.35, 0.75), spread=(0.04, 0.08)),  # controlled tightly
)
