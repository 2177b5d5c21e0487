"""How a maker's messages are to be read and answered. Written in TOML, never code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from adapters.channels import Channel
from adapters.mqtt import path
from adapters.mqtt.profile import Factor, One, Several, TimeFormat, ZoneName

Kind = Literal["data", "backfill", "login", "time", "heart", "notice", "other"]
"""What a message is for. `backfill`: readings of earlier (补传), which raise no real-time alarm;
`other`: kept, and nothing more."""

READ: frozenset[Kind] = frozenset({"data", "backfill"})
"""The kinds that hold readings."""


PART = re.compile(r"\{([^{}]{1,256})\}")
"""A part of an answer that is taken from the message."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


FirstOf = Annotated[tuple[One, ...], BeforeValidator(_listed)]
"""A path or several: the first that finds something."""


def _single(found: path.Path) -> None:
    if not found.single:
        raise ValueError(f"{found.text!r} may find several things; here one is needed")


def _texts(words: Any) -> Iterator[str]:
    """All texts of a template."""
    if isinstance(words, str):
        yield words
    elif isinstance(words, dict | list):
        for each in words.values() if isinstance(words, dict) else words:
            yield from _texts(each)


class Profile(BaseModel):
    """Where the parts of a report are; paths as in `adapters/mqtt/path.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: FirstOf = ()
    """Where the message says what it is for, from the message or the topic; without it, all are data.
    One path or several; where one of them says back-fill, it is."""

    kinds: dict[str, Kind] = Field(default_factory=dict)
    """The maker's words for it: `data`, `backfill`, `login`, `time`, `heart`, `notice`, `other`."""

    gateway: FirstOf = ()
    """The number of the gateway; one path or several, the first that finds something."""

    reports: Several = path.parse(".")
    """Where the reports are, if a message has several, e.g. `data[]`. The paths of `meter`, `time` and
    `items` start at a report."""

    meter: FirstOf
    """The number of the meter; one path or several."""

    within_gateway: bool = False
    """Whether numbers of meters repeat from gateway to gateway (1, 2, 3 …): a meter is then called
    `<gateway>/<meter>`, here and in the register."""

    time: FirstOf
    """The time of the values; one path or several."""

    time_format: TimeFormat = "digits"
    """`digits` (20260801120000), `iso`, `epoch_s`, `epoch_ms`, or a pattern of strptime."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it, the adapter's `zone`."""

    epoch_is_local: bool = False
    """Whether seconds since 1970 were counted on the wall's clock: a device that thinks itself in
    Greenwich while its clock shows the time in China."""

    items: Several = path.parse("*")
    """Where the quantities are: `*` side by side with everything else, `data[]` for a list."""

    code: One | Literal["*"] = "*"
    """The quantity's name, from the item; `*` is its own name in the object."""

    value: One = path.parse(".")
    """The number, from the item; `.` is the item itself."""

    channels: dict[str, Channel] = Field(min_length=1)
    """The maker's names for quantities and what they are here: `P` kW, `Q` kvar, `PF`, `EPI` kWh
    (forward), `Ua` `Ub` `Uc` V, `Ia` `Ib` `Ic` A. Others are left out."""

    factors: dict[str, Factor] = Field(default_factory=dict)
    """By what numbers are multiplied to be in these units, by the maker's name: 0.001 for a P in W."""

    energy: Literal["cumulative", "interval"] = "cumulative"
    """Whether `EPI` is a counter's reading or what was used within `interval` minutes up to the time."""

    interval: int = Field(default=15, ge=1, le=60)
    """Minutes of which `EPI` is the sum, where `energy = "interval"`."""

    values: Literal["primary", "secondary"] | None = None
    """Whether values are those of the line (`primary`, 一次值: the transformers' ratios are applied
    already) or those at the meter (`secondary`, 二次值: they are applied here, once)."""

    ct: FirstOf = ()
    """Where the message says the ratio of the current transformers (80, not 400/5), from a report."""

    pt: FirstOf = ()
    """The same of the voltage transformers; nothing there = there are none."""

    notice: FirstOf = ()
    """Where a notice says what it is (RUN_STOP, POWER_OUTAGE …); it stands on the frame."""

    reply_topic: str | None = Field(default=None, max_length=512)
    """The topic for answers, with `{path}` for parts of the message and of its topic."""

    replies: dict[Kind, dict[str, JsonValue]] = Field(default_factory=dict)
    """By kind what is answered, once the message is stored. A text that is `{path}` is what stands
    there, `{now}` the time in `time_format`."""

    refused: dict[str, JsonValue] = Field(default_factory=dict)
    """What is answered to a push (HTTP) that cannot be read; it is answered with 200."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.kind) != bool(self.kinds):
            raise ValueError("kind and kinds belong together")
        if self.within_gateway and not self.gateway:
            raise ValueError("within_gateway: needs gateway")
        for each in _texts([self.reply_topic or "", self.replies]):
            for part in PART.findall(each):
                _single(path.parse(part))
        unknown = self.factors.keys() - self.channels.keys()
        if unknown:
            raise ValueError(f"factors: not among channels: {', '.join(sorted(unknown))}")
        if self.values == "primary" and (self.ct or self.pt):
            raise ValueError("ct, pt: of primary values the ratios are applied already")
        return self
