"""How a maker's gas track is to be read: which column holds what. Data, never code.

No sniffer's columns are standardised and few are published; those that are stand in `profiles/`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters.drone.survey.quantity import unit
from adapters.drone.survey.terms import Above
from monitor.event import Datum
from monitor.units import factor

FORMATS = ("iso", "epoch_s", "epoch_ms")
"""The formats with a name; all others are patterns of strptime."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no such time zone: {name}; try Asia/Shanghai") from None
    return name


def _unit(name: str) -> str:
    if unit(name) is None:
        raise ValueError(f"{name}: one of ppm, ppb, %, mg/m3, ug/m3, ppm·m")
    return name


def _speed(name: str) -> str:
    if factor(name, "m/s") is None:
        raise ValueError(f"{name}: one of m/s, km/h")
    return name


def _format(text: str) -> str:
    if text not in FORMATS and "%" not in text:
        raise ValueError(f"one of {', '.join(FORMATS)}, or a pattern such as %Y/%m/%d %H:%M:%S")
    return text


Header = Annotated[str, Field(min_length=1, max_length=100)]
Headers = Annotated[tuple[Header, ...], Field(min_length=1, max_length=20)]
"""The names under which a column may stand; with or without the unit behind it in brackets."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Value(_Strict):
    """A column of measurements of one substance."""

    pollutant: Annotated[str, Field(min_length=1, max_length=64)]
    """Its code of HJ 212, or its formula."""
    column: Headers
    unit: Annotated[str, AfterValidator(_unit)] | None = None
    """Where the header has none, e.g. `ppm`, `ug/m3`; `ppm·m` for a laser's path. A header's counts."""


class Profile(_Strict):
    """The columns of a track."""

    source: str = ""
    """The documentation that it follows."""
    time: Headers
    date: Headers | None = None
    """The column of the day, where the time's column has the time of day alone."""
    time_formats: Annotated[
        tuple[Annotated[str, AfterValidator(_format)], ...], Field(min_length=1)
    ]
    """`iso`, `epoch_s`, `epoch_ms` or patterns of strptime, tried in turn; of the date, a blank and the
    time where they are two columns."""
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    """The zone of times without an offset; without it, the site's is assumed."""
    longitude: Headers
    latitude: Headers
    datum: Datum = Datum.WGS84
    height: Headers | None = None
    """In metres."""
    height_above: Above | None = None
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=50)]
    wind_speed: Headers | None = None
    wind_speed_unit: Annotated[str, AfterValidator(_speed)] = "m/s"
    wind_direction: Headers | None = None
    """In degrees, from where it blows."""
    missing: tuple[str, ...] = ("", "-", "--", "nan", "null", "none", "n/a", "na")
    """Texts that stand for no value; capitals do not matter, numbers are compared as numbers."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.height is None) != (self.height_above is None):
            raise ValueError("height and height_above belong together")
        return self


SHIPPED = ("aeris", "gasflux", "skyhub")
"""The names of the profiles in `profiles/`."""


@cache
def shipped(name: str) -> Profile:
    """One of the profiles that come with the program; raises ValueError for any other name."""
    if name not in SHIPPED:
        raise ValueError(f"no such profile: {name}; one of {', '.join(SHIPPED)}")
    text = files(__package__).joinpath("profiles", f"{name}.toml").read_text("utf-8")
    return Profile.model_validate(tomllib.loads(text))
