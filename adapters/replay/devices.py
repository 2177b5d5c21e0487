"""Simulated devices: what each measures, and how much of it is usual there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TWELVE = (
    *("a34013", "a21026", "a21002", "a19001", "a01011", "a01012"),
    *("a01013", "a01014", "a00000", "a21005", "a24088", "a21024"),
)
"""The pollutants of an invented stack: as many as a well-equipped power station sends."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One pollutant at one outlet; `limit` is what a scenario exceeds, if there is one."""

    pollutant: str
    level: float
    limit: float | None = None
    converted: bool = False
    """Whether the device reports it at reference oxygen too."""


@dataclass(frozen=True, slots=True)
class Device:
    """A data logger that reports from an outlet."""

    mn: str
    system: str
    """ST: 31 stack gas, 32 waste water."""
    measured: tuple[Measured, ...]
    password: str = "123456"
    """The one that loggers leave the factory with."""


def invented(count: int) -> list[Device]:
    """Devices that no register knows, twelve pollutants each."""
    measured = tuple(Measured(code, 20.0) for code in TWELVE)
    return [Device(f"51D0{number:020d}", "31", measured) for number in range(count)]


def registered(
    outlets: Iterable[tuple[str, str, str | None]],
    limits: Iterable[tuple[str, str, str, float | None, float | None]],
) -> list[Device]:
    """Devices of a register: (MN, medium, password), (MN, pollutant, basis, limit, lower) rows.

    A pollutant runs at a bit over half of its strictest limit, or between its two bounds.
    """
    by_mn: dict[str, dict[str, Measured]] = {}
    for mn, pollutant, basis, limit, lower in limits:
        held = by_mn.setdefault(mn, {})
        known = held.get(pollutant)
        if limit is not None and (known is None or limit < (known.limit or limit + 1)):
            level = limit * 0.55 if lower is None else (limit + lower) / 2
            held[pollutant] = Measured(pollutant, level, limit, basis == "converted")
    return [
        Device(
            mn,
            "32" if medium == "water" else "31",
            tuple(by_mn.get(mn, {}).values())
            or (Measured("w01018" if medium == "water" else "a21026", 20.0),),
            password or "123456",
        )
        for mn, medium, password in outlets
    ]
