"""The words of reports. They are handed in to Chinese authorities, and Chinese in either language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from monitor.record import ReliefKind
from monitor.task import Trigger

RELIEFS: Mapping[ReliefKind, str] = {
    ReliefKind.NO_PENALTY: "免于处罚",
    ReliefKind.NO_COERCIVE_MEASURE: "免于采取强制措施",
    ReliefKind.NO_PRODUCTION_RESTRICTION: "免于限制生产或停产整治",
    ReliefKind.EXTENDED_CORRECTION: "延长整改期限",
}
MEANS: Mapping[Trigger, str] = {
    Trigger.EXCEEDANCE: "在线监测超标",
    Trigger.SUSPICION: "大数据分析",
    Trigger.VIDEO: "视频监控",
    Trigger.DRONE: "无人机巡查",
    Trigger.POWER: "用电（能）监控",
    Trigger.REMOTE_SENSING: "卫星遥感",
}
FIGURES: Mapping[str, str] = {
    "listed": "纳入清单企业（个）",
    "added": "新纳入企业（个）",
    "removed": "移出企业（个）",
    "documents": "发文（件）",
    "cases": "清单内企业立案（件）",
    "reliefs": "减免处罚（次）",
    "alerts_visited": "非现场手段提出核查（次）",
    "problems": "非现场手段发现问题（个）",
    "complaints": "核查信访举报（件）",
    "spared": "免于现场检查（家次）",
}
"""The figures of `monitor.reports.figures`, as tables and sentences name them."""


def district(name: str) -> str:
    """A district as tables name it; what belongs to none that is known stands under 其他."""
    return name or "其他"


def day(on: date) -> str:
    """A civil day as official papers write it."""
    return f"{on.year}年{on.month}月{on.day}日"
