"""Legal basis (法律依据) by the date of the act: citations with validity, chosen by that date.

Acts done before the 生态环境法典 took effect (2026-08-15) are judged by the law that it replaced,
unless the new one is lighter (Code art. 1057): their tasks carry the old acts and a note of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from monitor.register import Medium
from monitor.task import Trigger

CODE_IN_FORCE = date(2026, 8, 15)


@dataclass(frozen=True, slots=True)
class Citation:
    """A rule that asks for, or allows, the visit, or says what the act is liable to."""

    title: str
    clause: str
    point: str
    valid_from: date
    valid_to: date | None = None
    triggers: frozenset[Trigger] = frozenset(Trigger)
    medium: Medium | None = None
    """The one medium that it is about; None = any."""
    incinerators: bool = False
    """Whether it is about waste-to-energy plants only."""

    def applies(self, trigger: Trigger, on: date, medium: Medium | None, kind: str | None) -> bool:
        """Whether it is in force on a day and speaks of such a trigger, medium and kind of outlet."""
        held = self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        of_medium = self.medium is None or self.medium is medium
        of_kind = not self.incinerators or kind in INCINERATORS
        return held and trigger in self.triggers and of_medium and of_kind


INCINERATORS = frozenset({"incinerator", "焚烧炉", "生活垃圾焚烧炉"})
"""How an outlet's kind (排口类型) says that it is a waste-to-energy furnace."""

_EXCEEDANCE = frozenset({Trigger.EXCEEDANCE})
_SUSPICION = frozenset({Trigger.SUSPICION})
_DATA = _EXCEEDANCE | _SUSPICION
_BEFORE_CODE = CODE_IN_FORCE - timedelta(days=1)

CITATIONS = (
    # --- why somebody goes ---
    Citation(
        "生态环境法典",
        "第一百八十四条",
        "自动监测传输数据异常的，应当及时进行调查",
        CODE_IN_FORCE,
        triggers=_DATA,
    ),
    Citation("生态环境法典", "第五十一条", "现场检查的职权", CODE_IN_FORCE),
    Citation(
        "生态环境法典",
        "第一百四十五条、第一百四十六条",
        "及时处理举报并为举报人保密",
        CODE_IN_FORCE,
        triggers=frozenset({Trigger.COMPLAINT}),
    ),
    Citation(
        "中华人民共和国环境保护法", "第二十四条", "现场检查的职权", date(2015, 1, 1), _BEFORE_CODE
    ),
    Citation(
        "排污许可管理条例",
        "第二十三条",
        "自动监测数据可以作为判定超过许可排放浓度的证据",
        date(2021, 3, 1),
        triggers=_DATA,
    ),
    Citation(
        "污染物排放自动监测设备标记规则",
        "生态环境部公告2022年第21号",
        "标记为无效的数据、在规定时限内标记为异常工况的数据不用于判定超标",
        date(2023, 1, 1),
        triggers=_DATA,
    ),
    Citation(
        "生活垃圾焚烧发电厂自动监测数据应用管理规定",
        "生态环境部令第10号第六条",
        "一个自然日内污染物日均值超标的，可以认定为超标排放",
        date(2020, 1, 1),
        triggers=_EXCEEDANCE,
        medium=Medium.AIR,
        incinerators=True,
    ),
    Citation(
        "生态环境监测条例",
        "国务院令第820号",
        "自动监测设备联网并报告异常；对设备、工况作虚假标记属于弄虚作假",
        date(2026, 1, 1),
        triggers=_DATA,
    ),
    Citation(
        "环执法发〔2020〕1号",
        "关于落实监督执法正面清单相关工作的通知",
        "非现场检查发现的违法线索、信访举报，依法开展现场核查",
        date(2020, 3, 1),
    ),
    Citation(
        "环办执法〔2021〕10号",
        "关于加强生态环境监督执法正面清单管理推动差异化执法监管的指导意见",
        "清单内企业的非现场监管与现场核查",
        date(2021, 4, 1),
    ),
    # --- what the act is liable to, if it is found ---
    Citation(
        "生态环境法典",
        "第一千一百零三条",
        "超过许可排放浓度、许可排放量排放的法律责任",
        CODE_IN_FORCE,
        triggers=_EXCEEDANCE,
    ),
    Citation(
        "生态环境法典",
        "第一千一百零七条",
        "超过污染物排放标准排放的法律责任",
        CODE_IN_FORCE,
        triggers=_EXCEEDANCE,
    ),
    Citation(
        "生态环境法典",
        "第一千零八十八条",
        "监测数据弄虚作假的法律责任",
        CODE_IN_FORCE,
        triggers=_SUSPICION,
    ),
    Citation(
        "生态环境法典",
        "第一千零九十三条",
        "干扰自动监测设备的法律责任",
        CODE_IN_FORCE,
        triggers=_SUSPICION,
    ),
    Citation(
        "生态环境法典",
        "第一百六十四条、第一千一百零八条",
        "篡改、伪造监测数据等逃避监管排放的禁止和法律责任",
        CODE_IN_FORCE,
        triggers=_SUSPICION,
    ),
    Citation(
        "中华人民共和国大气污染防治法",
        "第九十九条第二项",
        "超过大气污染物排放标准排放的法律责任",
        date(2016, 1, 1),
        _BEFORE_CODE,
        _EXCEEDANCE,
        Medium.AIR,
    ),
    Citation(
        "中华人民共和国大气污染防治法",
        "第九十九条第三项",
        "通过逃避监管的方式排放大气污染物的法律责任",
        date(2016, 1, 1),
        _BEFORE_CODE,
        _SUSPICION,
        Medium.AIR,
    ),
    Citation(
        "中华人民共和国水污染防治法",
        "第八十三条第二项",
        "超过水污染物排放标准排放的法律责任",
        date(2018, 1, 1),
        _BEFORE_CODE,
        _EXCEEDANCE,
        Medium.WATER,
    ),
    Citation(
        "中华人民共和国水污染防治法",
        "第八十三条第三项",
        "篡改、伪造监测数据等逃避监管排放的法律责任",
        date(2018, 1, 1),
        _BEFORE_CODE,
        _SUSPICION,
        Medium.WATER,
    ),
    Citation(
        "排污许可管理条例",
        "第三十四条第一项",
        "超过许可排放浓度、许可排放量排放的法律责任",
        date(2021, 3, 1),
        _BEFORE_CODE,
        _EXCEEDANCE,
    ),
    Citation(
        "排污许可管理条例",
        "第三十四条第二项",
        "篡改、伪造监测数据等逃避监管排放的法律责任",
        date(2021, 3, 1),
        _BEFORE_CODE,
        _SUSPICION,
    ),
    Citation(
        "生态环境法典",
        "第一千零五十七条",
        "施行前的行为适用当时的规定，本法典处理较轻的适用本法典",
        date.min,
        _BEFORE_CODE,
        _DATA,
    ),
)


def basis(
    trigger: Trigger, on: date, medium: Medium | None = None, kind: str | None = None
) -> list[dict[str, str]]:
    """What a verification of a trigger rests on, for an act of a day: title, clause, point.

    Acts about one medium, or one kind of outlet, are cited only where it is known to be that one.
    """
    return [
        {"title": c.title, "clause": c.clause, "point": c.point}
        for c in CITATIONS
        if c.applies(trigger, on, medium, kind)
    ]
