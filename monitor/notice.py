"""What an event says to people, in a few lines: title, facts, link. Pure; Chinese or English.

A message goes into chats, where text can be a link or a mention of everybody. What devices and people
wrote stands in it to be read and does nothing: the characters that chats act on are replaced by their
full-width twins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor import pollutants

_LONGEST = 300
_INERT = str.maketrans("<>[]*`|", "＜＞［］＊｀｜")

Facts = Iterator[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message: its title, its lines of label and text, and a link if there is one."""

    title: str
    facts: tuple[tuple[str, str], ...]
    link: str | None
    link_text: str


def notice(kind: str, data: Mapping[str, Any], language: str, public_url: str) -> Notice:
    """The message of an event (`type` and `data` as they are in its body)."""
    words = _WORDS[language]
    noun = kind.partition(".")[0]
    inner = data.get(noun)
    facts = _FACTS[noun](inner if isinstance(inner, Mapping) else data, words)
    path = next(iter(data.get("links", {}).values()), None)
    return Notice(
        title=f"【{words['product']}】{words.get(kind, kind)}",
        facts=tuple((words[label], _inert(value)) for label, value in facts if value is not None),
        link=public_url + path if public_url and path else None,
        link_text=words["look"],
    )


def _inert(value: Any) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return text.translate(_INERT)


def _task(task: Mapping[str, Any], words: Mapping[str, str]) -> Facts:
    yield from _where(task["enterprise"], task["district"])
    if place := task["place"]:
        yield "place", place.get("address") or f"{place['longitude']:g}, {place['latitude']:g}"
    yield "trigger", _word(task["trigger"], words)
    yield "reason", task["reason"]
    yield "outlet", "、".join(task["outlets"][:5]) or None
    yield "state", _word(task["state"], words)
    yield "due", _minute(task["due_at"])
    yield "officer", task["claimed_by"]
    last = task["history"][-1] if task["history"] else {}
    yield "why", last.get("reason") if last.get("reason") != task["reason"] else None
    result = task["result"] or {}
    yield "result", _word(result["result"], words) if result else None
    yield "findings", result.get("findings")


def _alert(alert: Mapping[str, Any], words: Mapping[str, str]) -> Facts:
    yield from _where(alert["enterprise"])
    yield "outlet", alert["outlet"]
    yield "pollutant", _pollutant(alert["pollutant"], words)
    end = alert["end"]
    yield "span", " – ".join(_minute(time) for time in (alert["start"], end) if time)
    yield "reason", alert["reason"]
    yield "outcome", _word(alert["outcome"], words)
    if screening := alert["screening"]:
        yield "verdict", _word(screening["verdict"], words)
        yield "why", screening["reason"]


def _listing(data: Mapping[str, Any], words: Mapping[str, str]) -> Facts:
    yield "enterprise", data["enterprise"] or data["uscc"]
    yield "change", _word(data["change"], words)
    yield "category", data["category"]
    yield "span", f"{data['listed_from']} – {data['listed_until'] or ''}"
    yield "document", data["document"]


def _source(source: Mapping[str, Any], _words: Mapping[str, str]) -> Facts:
    yield from _where(source["enterprise"])
    yield "outlet", source["mn"]
    yield "silent_since", _minute(source["silent_since"])
    yield "heard_at", _minute(source["heard_at"]) if source["heard_at"] else None


def _webhook(data: Mapping[str, Any], words: Mapping[str, str]) -> Facts:
    yield "webhook", data["webhook"]
    yield "why", _word(data["reason"], words) if "reason" in data else None


def _report(report: Mapping[str, Any], words: Mapping[str, str]) -> Facts:
    yield "unit", report["unit"] or None
    yield "paper", _word(f"paper-{report['kind']}", words)
    yield "period", report["period"]
    yield "due", report["due_on"]


_FACTS: dict[str, Callable[[Any, Mapping[str, str]], Facts]] = {
    "task": _task,
    "alert": _alert,
    "source": _source,
    "listing": _listing,
    "report": _report,
    "webhook": _webhook,
}


def _word(value: str, words: Mapping[str, str]) -> str:
    """A value in words; one that has none is said as it is rather than nothing."""
    return words.get(value, value)


def _where(enterprise: Mapping[str, Any] | None, district: str | None = None) -> Facts:
    if enterprise:
        yield "enterprise", f"{enterprise['name']}（{enterprise['district']}）"
    else:
        yield "district", district


def _pollutant(code: str | None, words: Mapping[str, str]) -> str | None:
    return pollutants.called(code, "zh" if words is _WORDS["zh"] else "en") if code else code


def _minute(time: str) -> str:
    """`2026-11-20T16:00:00+08:00` is in the bureau's zone already."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M}"


_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "product": "非现场监管",
        "look": "查看",
        "alert.opened": "新报警",
        "alert.updated": "报警更新",
        "alert.cleared": "报警结束",
        "alert.screened": "报警已研判",
        "task.queued": "新的现场核查任务",
        "task.claimed": "任务已认领",
        "task.updated": "任务有变化",
        "task.completed": "核查已反馈",
        "task.closed": "任务已办结",
        "task.overdue": "任务超期",
        "task.withdrawn": "任务已撤销",
        "listing.changed": "正面清单变更",
        "source.lost": "设备失联",
        "source.restored": "设备恢复上传",
        "unit": "填报单位",
        "paper": "材料",
        "period": "所属期",
        "paper-brief": "简报",
        "paper-article": "稿件",
        "paper-year": "工作总结",
        "paper-summary": "汇总表",
        "report.due": "材料即将到报送期限",
        "report.overdue": "材料逾期未报送",
        "webhook.disabled": "推送已停用",
        "webhook.test": "推送测试",
        "enterprise": "企业",
        "district": "县区",
        "place": "地点",
        "trigger": "类型",
        "reason": "事由",
        "outlet": "设备编码",
        "pollutant": "污染物",
        "span": "时段",
        "state": "状态",
        "due": "办理时限",
        "officer": "执法人员",
        "why": "说明",
        "result": "核查结果",
        "findings": "核查情况",
        "outcome": "处置",
        "verdict": "研判",
        "change": "变更",
        "category": "类别",
        "document": "文号",
        "silent_since": "最后上传",
        "heard_at": "恢复时间",
        "webhook": "推送编号",
        "exceedance": "超标",
        "suspicion": "数据异常",
        "video": "视频",
        "drone": "无人机",
        "power": "用电",
        "remote_sensing": "遥感",
        "complaint": "投诉举报",
        "manual": "人工",
        "queued": "待认领",
        "claimed": "已认领",
        "suspended": "挂起",
        "reported": "已反馈",
        "closed": "已办结",
        "withdrawn": "已撤销",
        "confirmed": "属实",
        "partly_confirmed": "部分属实",
        "not_confirmed": "不属实",
        "device_fault": "设备故障",
        "production_stopped": "停产",
        "remind": "提醒",
        "screen": "待研判",
        "verify": "现场核查",
        "dismiss": "排除",
        "listed": "列入",
        "changed": "变更",
        "ended": "移出",
        "gone": "接收方答复 410",
        "failing": "连续五天推送失败",
    },
    "en": {
        "product": "Offsite Monitor",
        "look": "Open",
        "alert.opened": "New alert",
        "alert.updated": "Alert updated",
        "alert.cleared": "Alert ended",
        "alert.screened": "Alert screened",
        "task.queued": "New verification task",
        "task.claimed": "Task claimed",
        "task.updated": "Task changed",
        "task.completed": "Verification reported",
        "task.closed": "Task closed",
        "task.overdue": "Task overdue",
        "task.withdrawn": "Task withdrawn",
        "listing.changed": "Positive list changed",
        "source.lost": "Device silent",
        "source.restored": "Device speaks again",
        "unit": "Unit",
        "paper": "Paper",
        "period": "Period",
        "paper-brief": "monthly brief",
        "paper-article": "article",
        "paper-year": "year's summary",
        "paper-summary": "summary table",
        "report.due": "A report is due soon",
        "report.overdue": "A report is late",
        "webhook.disabled": "Webhook disabled",
        "webhook.test": "Test of a webhook",
        "enterprise": "Enterprise",
        "district": "District",
        "place": "Place",
        "trigger": "Trigger",
        "reason": "Reason",
        "outlet": "Device",
        "pollutant": "Pollutant",
        "span": "Span",
        "state": "State",
        "due": "Due",
        "officer": "Officer",
        "why": "Because",
        "result": "Result",
        "findings": "Findings",
        "outcome": "Outcome",
        "verdict": "Verdict",
        "change": "Change",
        "category": "Category",
        "document": "Document",
        "silent_since": "Last heard",
        "heard_at": "Heard again",
        "webhook": "Webhook",
        "exceedance": "exceedance",
        "suspicion": "suspicious data",
        "video": "video",
        "drone": "drone",
        "power": "power",
        "remote_sensing": "remote sensing",
        "complaint": "complaint",
        "manual": "by hand",
        "queued": "queued",
        "claimed": "claimed",
        "suspended": "suspended",
        "reported": "reported",
        "closed": "closed",
        "withdrawn": "withdrawn",
        "confirmed": "confirmed",
        "partly_confirmed": "partly confirmed",
        "not_confirmed": "not confirmed",
        "device_fault": "device fault",
        "production_stopped": "production stopped",
        "remind": "remind",
        "screen": "to be screened",
        "verify": "verify on site",
        "dismiss": "dismissed",
        "listed": "listed",
        "changed": "changed",
        "ended": "ended",
        "gone": "the receiver answered 410",
        "failing": "five days of nothing but failures",
    },
}
