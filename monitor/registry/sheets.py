"""The sheets of the register: their columns, in English and Chinese, and what a row must fulfil.

This is the one place that knows the files' form; reading, writing and the clerk's manual
(`docs/register.md`) follow it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor import pollutants, units
from monitor.books import KEYS, Wrong
from monitor.register import (
    Basis,
    Camera,
    Enterprise,
    Instrument,
    Limit,
    Listing,
    Meter,
    Officer,
    Outlet,
)
from monitor.registry import checks
from monitor.registry.cells import BOUNDARY_LIMIT, Code, Day, Kind, Number, Text
from monitor.registry.words import BASES, FACILITIES, MEDIA, PERIODS, YES_NO

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column: its names, what it holds, whether it must be filled in."""

    name: str
    chinese: str
    kind: Kind
    required: bool = False
    default: object = None
    """What an empty cell means."""
    others: tuple[str, ...] = ()
    """Other headers that mean it."""

    def __str__(self) -> str:
        return f"{self.name} {self.chinese}"


@dataclass(frozen=True)
class Sheet:
    """A sheet: its names, its columns in order, and what makes a row of it."""

    name: str
    chinese: str
    row: Callable[..., Any]
    columns: tuple[Column, ...]
    check: Callable[[Values], None] | None = None
    """Looks at a whole row; raises Wrong."""
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.chinese}"

    @property
    def key(self) -> tuple[str, ...]:
        """By what its rows are known; empty for what is no book."""
        return KEYS.get(self.name, ())

    def column(self, header: str) -> Column | None:
        """The column that a header means."""
        folded = fold(header)
        for column in self.columns:
            if folded in _folded(column):
                return column
        return None


_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_IGNORED = frozenset({"序号", "备注", "no.", "remark", "remarks", "note", "notes"})


def _folded(named: Column | Sheet) -> set[str]:
    """All that it may be called: also both names at once, as messages and docs have them."""
    names = (named.name, named.chinese, *named.others)
    return {fold(name) for name in names} | {fold(f"{name} {named.chinese}") for name in names}


def fold(name: str) -> str:
    """A name without what does not matter in it: case, spaces, units in brackets, stars."""
    text = _BRACKETS.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return re.sub("[\\s_\\-*:\u200b-\u200f\ufeff]", "", text)


def ignored(header: str) -> bool:
    """Whether a column is the clerk's own (序号, 备注) and says nothing to the register."""
    return fold(header) in _IGNORED


# --- what a row must fulfil --------------------------------------------------------------------


def _place(values: Values) -> None:
    longitude, latitude = values["longitude"], values["latitude"]
    if (longitude is None) != (latitude is None):
        raise Wrong("half-a-place", "latitude" if latitude is None else "longitude")
    if longitude is not None and 3 <= longitude <= 54 and 73 <= latitude <= 90:
        raise Wrong("swapped-place", "longitude", longitude=longitude, latitude=latitude)


def _ends_after(values: Values, start: str, end: str) -> None:
    first: date | None = values[start]
    last: date | None = values[end]
    if first is not None and last is not None and last < first:
        raise Wrong("end-before-start", end, start=first, end=last)


def _below(values: Values, low: str, high: str, *, strictly: bool = True) -> None:
    lower, upper = values[low], values[high]
    if lower is None or upper is None:
        return
    if lower > upper or (strictly and lower == upper):
        raise Wrong("not-below", low, low=f"{lower:g}", high=f"{upper:g}")


def _limit(values: Values) -> None:
    if values["limit"] is None and values["lower"] is None:
        raise Wrong("no-bound", "limit")
    _below(values, "lower", "limit")
    _ends_after(values, "valid_from", "valid_to")


def _listing(values: Values) -> None:
    _ends_after(values, "listed_from", "listed_until")


def _instrument(values: Values) -> None:
    _below(values, "range_low", "range_high")
    known, unit = pollutants.get(values["pollutant"]), values["unit"]
    if known is not None and unit is not None and units.factor(unit, known.unit) is None:
        raise Wrong("unit", "unit", value=unit, code=known.code, unit=known.unit or "无量纲")


# --- the sheets --------------------------------------------------------------------------------

USCC = Column(
    "uscc",
    "统一社会信用代码",
    Code(checks.uscc),
    required=True,
    others=("信用代码", "社会信用代码", "企业代码"),
)
MN = Column(
    "mn", "设备编码", Code(), required=True, others=("MN号", "MN码", "数采仪MN号", "设备唯一标识")
)
_DISTRICT = Column("district", "县区", Text(), required=True, others=("区县", "所属县区", "县(区)"))
_POLLUTANT = Column(
    "pollutant",
    "因子编码",
    Code(checks.pollutant),
    required=True,
    others=("污染物编码", "污染因子编码", "因子"),
)
_LONGITUDE = Column("longitude", "经度", Number(-180, 180), others=("lon", "lng"))
_LATITUDE = Column("latitude", "纬度", Number(-90, 90), others=("lat",))

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "enterprises",
        "企业",
        Enterprise,
        (
            USCC,
            Column("name", "企业名称", Text(), required=True, others=("名称", "单位名称")),
            _DISTRICT,
            Column("industry", "行业", Text(), others=("行业类别", "所属行业")),
            _LONGITUDE,
            _LATITUDE,
            Column("boundary", "边界", Text(BOUNDARY_LIMIT, checks.boundary), others=("厂界",)),
            Column("key_unit", "重点排污单位", YES_NO, default=False, others=("是否重点排污单位",)),
        ),
        _place,
        ("企业名单", "排污单位", "enterprise"),
    ),
    Sheet(
        "outlets",
        "排口",
        Outlet,
        (
            MN,
            USCC,
            Column("code", "排口编号", Code(), required=True, others=("排放口编号",)),
            Column("name", "排口名称", Text(), others=("名称", "排放口名称")),
            Column("medium", "介质", MEDIA, required=True, others=("类别", "排放介质", "介质类型")),
            Column("standard", "执行标准", Text(), others=("排放标准",)),
            Column(
                "reference_oxygen", "基准氧含量", Number(0, 20.9), others=("基准含氧量", "基准氧")
            ),
            Column("kind", "排口类型", Text(), others=("类型", "设施类型")),
            Column("password", "访问密码", Code(), others=("密码", "PW")),
        ),
        None,
        ("排放口", "outlet"),
    ),
    Sheet(
        "instruments",
        "仪器",
        Instrument,
        (
            MN,
            _POLLUTANT,
            Column("range_low", "量程下限", Number()),
            Column("range_high", "量程上限", Number(), others=("量程",)),
            Column("detection_limit", "检出限", Number(0)),
            Column("unit", "单位", Text()),
        ),
        _instrument,
        ("分析仪", "监测仪器", "instrument"),
    ),
    Sheet(
        "officers",
        "执法人员",
        Officer,
        (
            Column("licence", "执法证号", Code(), required=True, others=("license", "证号")),
            Column("name", "姓名", Text(), required=True),
            _DISTRICT,
        ),
        None,
        ("officer",),
    ),
    Sheet(
        "limits",
        "限值",
        Limit,
        (
            MN,
            _POLLUTANT,
            Column(
                "period", "时段", PERIODS, required=True, others=("周期", "数据类型", "均值类型")
            ),
            Column("limit", "限值", Number(), others=("上限", "限值上限", "标准限值")),
            Column("lower", "下限", Number(), others=("限值下限",)),
            Column(
                "basis",
                "基准",
                BASES,
                default=Basis.MEASURED,
                others=("实测/折算", "判定值", "口径", "数值类型"),
            ),
            Column(
                "clause", "依据", Text(), required=True, others=("限值依据", "标准依据", "条款")
            ),
            Column(
                "valid_from",
                "生效日期",
                Day(),
                required=True,
                others=("起始日期", "开始日期", "有效期起", "生效时间"),
            ),
            Column(
                "valid_to",
                "失效日期",
                Day(open=True),
                others=("截止日期", "结束日期", "有效期止", "失效时间"),
            ),
            Column("share", "达标比例", Number(0, 1), default=1.0, others=("月达标比例",)),
            Column("verified", "已核实", YES_NO, default=True, others=("是否核实",)),
            Column("source", "来源", Text(), others=("数据来源",)),
        ),
        _limit,
        ("排放限值", "limit"),
    ),
    Sheet(
        "positive_list",
        "正面清单",
        Listing,
        (
            USCC,
            Column("category", "类别", Code(checks.category), required=True, others=("清单类别",)),
            Column(
                "listed_from",
                "列入日期",
                Day(),
                required=True,
                others=("纳入日期", "列入时间", "生效日期"),
            ),
            Column(
                "listed_until",
                "截止日期",
                Day(open=True),
                others=("列入截止日期", "有效期至", "移出日期", "失效日期"),
            ),
            Column("document", "文号", Text(), others=("依据文号", "文件")),
            Column("grounds", "列入理由", Text(2000), others=("纳入理由", "列入依据")),
            Column("end_document", "移出文号", Text(2000)),
            Column("end_reason", "移出理由", Text(2000), others=("移出原因",)),
            Column("bar_until", "限制纳入至", Day(open=True)),
            Column("bar_kind", "限制原因", Text()),
        ),
        _listing,
        ("listings", "清单"),
    ),
    Sheet(
        "cameras",
        "摄像机",
        Camera,
        (
            Column("camera", "摄像机编号", Code(), required=True, others=("摄像机", "编号")),
            USCC,
            Column("adapter", "接入名称", Code(), required=True, others=("适配器",)),
            _LONGITUDE,
            _LATITUDE,
        ),
        _place,
        ("摄像头", "camera"),
    ),
    Sheet(
        "meters",
        "电表",
        Meter,
        (
            Column("meter", "电表编号", Code(), required=True, others=("电表", "表号")),
            USCC,
            Column("facility", "设施", FACILITIES, required=True, others=("设施类型",)),
            Column("rated_kw", "额定功率", Number(0), others=("额定功率kW",)),
            Column("mn", "设备编码", Code(), others=MN.others),
            Column("line", "生产线", Text(100), others=("生产线名称", "治理线", "产线")),
            Column("ratio", "倍率", Number(0.001, 1e6), others=("互感器倍率", "变比")),
        ),
        None,
        ("meter", "用电监控"),
    ),
)
"""In the order of `KEYS`: those that others refer to first."""


def sheet_named(name: str, known: Sequence[Sheet] = SHEETS) -> Sheet | None:
    """The sheet that a file or sheet name means."""
    folded = fold(name)
    for sheet in known:
        if folded in _folded(sheet):
            return sheet
    return None
