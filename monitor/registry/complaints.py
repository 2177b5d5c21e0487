"""Complaints from a workbook or CSV file: the sheet `complaints 信访举报`, all or nothing.

No fault repeats what stands in a cell: a column that is shifted by one holds somebody's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from monitor import reporter
from monitor.books import Faults, Wrong
from monitor.complaint import CHANNELS, Said
from monitor.register import Register
from monitor.registry.cells import Cell, Choice, Kind, Moment, Number, Shown, Text
from monitor.registry.files import raw_sheets
from monitor.registry.reading import SheetReader
from monitor.registry.sheets import USCC, Column, Sheet, Values

_LONGEST = 10_000
_OF_CELLS = frozenset({"value", "character", "found"})
"""What faults say of what stands in a cell."""


@dataclass(frozen=True)
class _Discreet:
    """A kind of cell whose faults do not say what stands in it."""

    kind: Kind

    def parse(self, cell: Cell) -> object:
        """What the kind makes of it."""
        try:
            return self.kind.parse(cell)
        except Wrong as wrong:
            hidden = dict.fromkeys(_OF_CELLS & wrong.values.keys(), "…")
            raise Wrong(wrong.problem, wrong.column, **(wrong.values | hidden)) from None

    def show(self, value: object, language: str, /) -> Shown:
        """What the kind writes."""
        return self.kind.show(value, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A row of the sheet: times without an offset are civil time."""

    channel: str
    reference: str = field(repr=False)
    received_at: datetime
    uscc: str | None
    longitude: float | None
    latitude: float | None
    district: str | None
    text: str = field(repr=False)
    close_by: datetime | None
    reporter_name: str | None = field(repr=False)
    reporter_phone: str | None = field(repr=False)
    reporter_address: str | None = field(repr=False)

    @property
    def reporter(self) -> dict[str, str]:
        """Who complains, as far as is said."""
        said = {
            "name": self.reporter_name,
            "phone": self.reporter_phone,
            "address": self.reporter_address,
        }
        return {name: value for name, value in said.items() if value}


def _discreet(
    name: str,
    chinese: str,
    kind: Kind,
    *others: str,
    required: bool = False,
) -> Column:
    return Column(name, chinese, _Discreet(kind), required, others=others)


def sheet(channels: Mapping[str, str] = CHANNELS, register: Register | None = None) -> Sheet:
    """The sheet, with the channels that there are; `register`: the enterprises it may speak of."""
    words = Choice({code: (code, called) for code, called in channels.items()})

    def consistent(values: Values) -> None:
        if (values["longitude"] is None) != (values["latitude"] is None):
            raise Wrong("half-a-place", "latitude" if values["latitude"] is None else "longitude")
        uscc = values["uscc"]
        if uscc is None and values["longitude"] is None:
            raise Wrong("empty", "uscc")
        if uscc is not None and register is not None and register.enterprise(uscc) is None:
            raise Wrong("no-enterprise", "uscc", value=uscc)
        who = {name: values[f"reporter_{name}"] for name in ("name", "phone", "address")}
        if reporter.redacted(values["reference"], who) != values["reference"]:
            raise Wrong("names-reporter", "reference")

    return Sheet(
        "complaints",
        "信访举报",
        Written,
        (
            _discreet("channel", "渠道", words, "举报渠道", "来源渠道", "来源", required=True),
            _discreet(
                "reference", "编号", Text(100), "举报编号", "工单编号", "件号", required=True
            ),
            _discreet(
                "received_at",
                "收到时间",
                Moment(),
                "举报时间",
                "受理时间",
                "来件时间",
                required=True,
            ),
            Column("uscc", USCC.chinese, _Discreet(USCC.kind), others=USCC.others),
            _discreet("longitude", "经度", Number(-180, 180)),
            _discreet("latitude", "纬度", Number(-90, 90)),
            _discreet("district", "县区", Text(100), "所属县区", "区县"),
            _discreet(
                "text", "举报内容", Text(_LONGEST), "内容", "反映内容", "诉求内容", required=True
            ),
            _discreet("close_by", "限期", Moment(), "办结期限", "办理期限", "要求办结时间"),
            _discreet(
                "reporter_name", "举报人", Text(100), "姓名", "举报人姓名", "来电人", "投诉人"
            ),
            _discreet("reporter_phone", "联系电话", Text(100), "电话", "手机号", "举报人电话"),
            _discreet("reporter_address", "联系地址", Text(200), "地址", "住址", "举报人地址"),
        ),
        consistent,
        ("complaint", "投诉举报", "举报件", "信访件"),
    )


def read(
    path: Path,
    *,
    zone: tzinfo,
    channels: Mapping[str, str],
    register: Register,
    now: datetime,
    language: str = "zh",
) -> list[Said]:
    """The complaints of a file. Raises RegisterError with every fault."""
    faults = Faults(language)
    found: list[Said] = []
    for raw in raw_sheets(path, faults, (sheet(channels, register),)):
        for line, row in SheetReader(raw, faults).rows():
            said = _said(row, zone)
            found.append(said)
            for wrong in _times(said, now):
                faults.catch(wrong, raw.label, line, None)
    faults.raise_any()
    return found


def _times(said: Said, now: datetime) -> list[Wrong]:
    """What is wrong with the times of a complaint."""
    wrong = []
    if said.received_at > now:
        wrong.append(Wrong("in-future", "received_at 收到时间"))
    if said.close_by is not None and said.close_by <= said.received_at:
        shown = {"start": said.received_at, "end": said.close_by}
        wrong.append(Wrong("end-before-start", "close_by 限期", **shown))
    return wrong


def _said(row: Written, zone: tzinfo) -> Said:
    def moment(when: datetime) -> datetime:
        return when.replace(tzinfo=zone) if when.tzinfo is None else when

    place = None
    if row.longitude is not None and row.latitude is not None:
        place = (row.longitude, row.latitude)
    return Said(
        channel=row.channel,
        received_at=moment(row.received_at),
        text=row.text,
        reference=row.reference,
        uscc=row.uscc,
        place=place,
        district=row.district,
        close_by=None if row.close_by is None else moment(row.close_by),
        reporter=row.reporter,
    )
