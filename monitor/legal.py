"""Legal basis (法律依据) by the date of the act: citations with validity, chosen by that date.

Acts done before the 生态环境法典 took effect (2026-08-15) are judged by the law that it replaced,
unless the new one is lighter (Code art. 1057).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.task import Trigger

CODE_IN_FORCE = date(2026, 8, 15)


@dataclass(frozen=True, slots=True)
class Citation:
    """A rule that asks for, or allows, the visit."""

    title: str
    clause: str
    point: str
    valid_from: date
    valid_to: date | None = None
    triggers: frozenset[Trigger] = frozenset(Trigger)

    def applies(self, trigger: Trigger, on: date) -> bool:
        """Whether it is in force on a day and speaks of such a trigger."""
        held = self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        return held and trigger in self.triggers


_DATA = frozenset({Trigger.EXCEEDANCE, Trigger.SUSPICION})
_BEFORE_CODE = date(2026, 8, 14)

CITATIONS = (
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
)


def basis(trigger: Trigger, on: date) -> list[dict[str, str]]:
    """What a verification of a trigger rests on, for an act of a day: title, clause, point."""
    return [
        {"title": c.title, "clause": c.clause, "point": c.point}
        for c in CITATIONS
        if c.applies(trigger, on)
    ]
