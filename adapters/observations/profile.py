"""How a platform's table is to be read: which column is what. Written in TOML, never code."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from adapters.mqtt.profile import Code, Spanned, ZoneName
from monitor import pollutants, units
from monitor.observation import Period, Statistic

CIVIL, SERIAL = "civil", "excel"
NAMED_FORMATS = (CIVIL, SERIAL, "iso", "digits", "epoch_s", "epoch_ms")
"""The formats of times with a name; all others are patterns of strptime."""

Meaning = Literal["value", "min", "max", "total", "converted", "flag"]
"""What a column says of a pollutant; a `flag` is its mark."""

STATISTICS: dict[str, Statistic] = {
    "value": Statistic.VALUE,
    "min": Statistic.MIN,
    "max": Statistic.MAX,
    "total": Statistic.TOTAL,
    "converted": Statistic.CONVERTED,
}


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _format(text: str) -> str:
    if text not in NAMED_FORMATS and "%" not in text:
        raise ValueError(f"one of {', '.join(NAMED_FORMATS)}, or a pattern such as %d.%m.%Y %H:%M")
    return text


Heading = Annotated[str, Field(min_length=1, max_length=200)]
Headings = Annotated[tuple[Heading, ...], BeforeValidator(_listed)]
Formats = Annotated[
    tuple[Annotated[str, AfterValidator(_format)], ...],
    BeforeValidator(_listed),
    Field(min_length=1),
]


def table_unit(code: str, statistic: Statistic) -> str | None:
    """The unit in which a number stands in the readings; None where no table says one."""
    known = pollutants.get(code)
    if known is None:
        return None
    return known.amount_unit if statistic is Statistic.TOTAL else known.unit


def factor(unit: str, code: str, statistic: Statistic) -> float | None:
    """From a unit to the table's; None where none leads there. Of unlisted codes there is no table."""
    wanted = table_unit(code, statistic)
    return 1.0 if wanted is None else units.factor(unit, wanted)


class Column(BaseModel):
    """A column of a wide table."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    code: Code
    """The pollutant (因子编码), e.g. `a21026`."""

    means: Meaning = "value"
    """`value` (the average, or the reading of real-time data), `min`, `max`, `total` (累计),
    `converted` (折算) or `flag`."""

    unit: str | None = Field(default=None, max_length=32)
    """The unit of its numbers, where it is not the table's and not in the heading."""

    @model_validator(mode="after")
    def _convertible(self) -> Self:
        if self.unit is not None:
            if self.means == "flag":
                raise ValueError("unit: a flag has none")
            statistic = STATISTICS[self.means]
            if factor(self.unit, self.code, statistic) is None:
                wanted = table_unit(self.code, statistic)
                raise ValueError(f"unit: no factor leads from {self.unit!r} to {wanted!r}")
        return self


class Profile(BaseModel):
    """Which column of a table is what; headings as the sender writes them, Chinese ones too."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    device: Headings = ()
    """The heading of the device code (设备编码, MN); of several the first that is there. Without one, who
    sends a file names its device."""

    devices: dict[str, Code] = Field(default_factory=dict)
    """The table's names of devices and their codes, e.g. `"1号炉排口" = "7E5700…"`; others stay as they
    are."""

    time: Headings
    """The heading of the time; of several the first that is there."""

    time_of_day: Headings = ()
    """The heading of the time of day, where date and time stand in two columns."""

    time_format: Formats = (CIVIL,)
    """One format or several, tried in order: `civil` (year, month, day, and a time of day, written as is
    usual: 2026-08-01 12:00, 2026/8/1 12:00:00, 2026年8月1日 12时; 24:00 ends a day; with or without an
    offset), `excel` (days since 1899-12-30), `iso`, `digits` (20260801120000), `epoch_s`, `epoch_ms`, or
    a pattern of strptime. Dates of a workbook need none."""

    zone: ZoneName = "Asia/Shanghai"
    """The zone of times without an offset, whatever the bureau's own."""

    stamp: Literal["start", "end"] = "start"
    """Which end of its period the time marks: 08:00 for 8 to 9 o'clock is the `start`."""

    period: Spanned = Period.HOUR
    """What a row stands for: `realtime`, `minute` (of `minutes` minutes), `hour`, `day`."""

    period_column: Headings = ()
    """The heading of what a row stands for, where the table itself says; `periods` has its words."""

    periods: dict[str, Spanned] = Field(default_factory=dict)
    """The table's words for periods, e.g. `小时 = "hour"`."""

    minutes: int = Field(default=10, ge=1, le=60)
    """Minutes that a row of minute data stands for."""

    columns: dict[Heading, Column] = Field(default_factory=dict)
    """A wide table's (a column a pollutant): by heading what it is."""

    pollutant: Headings = ()
    """A long table's (a row a pollutant): the heading of the pollutant. Its name may be a code of HJ 212,
    a name of its table (二氧化硫), or one of `codes`."""

    codes: dict[str, Code] = Field(default_factory=dict)
    """A long table's names of pollutants and their codes, before those of HJ 212's table."""

    unlisted: Literal["wrong", "skip"] = "wrong"
    """What a row of a pollutant is whose name nobody knows: a wrong one, or left out."""

    value: Headings = ()
    """A long table's heading of the average, or of the reading of real-time data."""

    min: Headings = ()
    """A long table's heading of the least value."""

    max: Headings = ()
    """A long table's heading of the greatest value."""

    total: Headings = ()
    """A long table's heading of the amount (累计)."""

    converted: Headings = ()
    """A long table's heading of the value at reference oxygen (折算)."""

    unit: str | None = Field(default=None, max_length=32)
    """A long table's unit of all numbers but totals, where no column says it and it is not the table's of
    HJ 212."""

    unit_column: Headings = ()
    """A long table's heading of the unit, of all numbers but totals."""

    flag: Headings = ()
    """The heading of the mark (标记) of a row: of its pollutant, or in a wide table of all of them."""

    flags: dict[str, Code] = Field(default_factory=dict)
    """The table's marks and what HJ 212 calls them, e.g. `正常 = "N"`; others stay as they are."""

    missing: tuple[str, ...] = (
        "-",
        "--",
        "—",
        "——",
        "/",
        "NULL",
        "null",
        "None",
        "NaN",
        "N/A",
        "#N/A",
        "空",
        "无",
        "缺失",
    )
    """What stands where there is no number, besides nothing at all."""

    thousands: Literal["", ",", "'", " "] = ","
    """The separator of thousands, where numbers have one: 1,234.5."""

    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    """What parts the columns of a CSV file; `auto`: comma, semicolon or tab, whichever there
    is most of."""

    summaries: tuple[str, ...] = ("平均值", "最大值", "最小值", "合计", "总计", "累计值", "样本数")
    """Words in the column of the time, or the first, that make a row a summary; it is left out."""

    @property
    def wide(self) -> bool:
        """Whether a row has several pollutants."""
        return bool(self.columns)

    @property
    def clock(self) -> ZoneInfo:
        """The zone of times without an offset."""
        return ZoneInfo(self.zone)

    def numbers(self) -> dict[Statistic, tuple[str, ...]]:
        """A long table's headings of numbers."""
        return {s: h for name, s in STATISTICS.items() if (h := getattr(self, name))}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.time:
            raise ValueError("time: a table without times says nothing")
        if bool(self.period_column) != bool(self.periods):
            raise ValueError("period_column and periods belong together")
        if self.wide == bool(self.pollutant):
            raise ValueError("columns makes a wide table, pollutant a long one: give one of them")
        of_long = (self.numbers(), self.unit, self.unit_column, self.codes)
        if self.wide and any(of_long):
            raise ValueError("codes, value, unit, unit_column …: of a long table only")
        if self.wide and all(c.means == "flag" for c in self.columns.values()):
            raise ValueError("columns: none of them holds numbers")
        if not self.wide and not self.numbers():
            raise ValueError("value: none of value, min, max, total, converted is given")
        said = [(c.code, c.means) for c in self.columns.values()]
        if len(said) != len(set(said)):
            raise ValueError("columns: two headings mean the same of one pollutant")
        return self
