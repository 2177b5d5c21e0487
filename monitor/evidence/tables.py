"""The tables of the page: findings, limits, marks, frames, the task. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from monitor.clock import from_ms, to_ms
from monitor.evidence import words
from monitor.evidence.case import Case, Mark
from monitor.evidence.chart import number
from monitor.evidence.style import PASSWORDS

_ROWS = 500
"""Rows of a table on the page; the files have all of them."""


def warning(text: str) -> str:
    """A line that must not be overlooked."""
    return f'<p class="warning">{escape(text)}</p>'


def pairs(said: Iterable[tuple[str, Any]]) -> str:
    """Names and what they are; what is not known is left out."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in said
        if value not in (None, "")
    )
    return f'<table class="pairs">{rows}</table>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], where: str) -> str:
    """A table; of more rows than fit, the first, and in which file the rest is."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows[:_ROWS]
    )
    more = f"<p>此处列出前 {_ROWS} 行，共 {len(rows)} 行，全部见 {escape(where)}。</p>"
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return whole + (more if len(rows) > _ROWS else "")


def moment(case: Case, ms: int, *, seconds: bool = False) -> str:
    """A time in the bureau's zone, to the minute where data comes by the minute or more."""
    local = from_ms(ms).astimezone(case.zone)
    exact = seconds or case.alert["period"] == "realtime"
    return f"{local:%Y-%m-%d %H:%M:%S}" if exact else f"{local:%Y-%m-%d %H:%M}"


def findings(case: Case, files: Mapping[int, str]) -> str:
    """The periods that the alert is made of."""
    unit = words.unit_of(case.alert["pollutant"])
    value, bound = (f"{name}（{unit}）" if unit else name for name in ("值", "限值"))
    heads = ("起", "止", value, bound, "超标倍数", "迟到", "报文文件")
    rows = [
        [
            moment(case, f.start_ms),
            moment(case, f.end_ms),
            number(f.value),
            number(f.bound),
            words.ratio(f.exceed_ratio),
            "是" if f.late else "否",
            files.get(f.frame, "未收入") if f.frame is not None else "—",
        ]
        for f in case.findings
    ]
    return table(heads, rows, "findings.json") if rows else "<p>无。</p>"


def limits(case: Case) -> str:
    """The limits that were judged by."""
    heads = ("编号", "周期", "口径", "上限", "下限", "依据", "来源", "有效期", "与原文核对")
    rows = [
        [
            str(limit["id"]),
            words.period_name(limit["period"]),
            words.BASES[limit["basis"]],
            number(limit["limit"]),
            number(limit["lower"]),
            limit["clause"],
            limit["source"] or "—",
            f"{limit['valid_from']} 至 {limit['valid_to'] or '现行'}",
            "已核对" if limit["verified"] else "未核对",
        ]
        for limit in case.limits
    ]
    return table(heads, rows, "limits.json") if rows else "<p>本规则不以限值判定。</p>"


def marks(case: Case) -> str:
    """Marks of the span, those struck out too."""
    heads = ("编号", "因子", "类别", "事项", "起", "止", "方式", "理由", "提交", "撤销")
    rows = [
        [
            str(m.id),
            words.pollutant_name(m.pollutant) if m.pollutant else "全部",
            words.MARKS.get(m.kind, m.kind),
            m.item,
            moment(case, m.start_ms),
            moment(case, m.end_ms),
            "人工" if m.manual else "自动",
            m.reason,
            words.printed(m.submitted_at) or "—",
            _struck_out(m),
        ]
        for m in case.marks
    ]
    return table(heads, rows, "marks.json") if rows else "<p>该时段没有数据标记。</p>"


def _struck_out(mark: Mark) -> str:
    said = (words.printed(mark.superseded_at), mark.superseded_by, mark.superseded_reason)
    return " ".join(filter(None, said)) or "—"


def frames(case: Case, files: Mapping[int, str]) -> str:
    """The frames that findings lean on."""
    note = warning(PASSWORDS)
    heads = ("文件", "编号", "接收时间", "来源地址", "接入适配器", "设备", "字节", "报文问题")
    rows = [
        [
            files[key],
            str(key),
            moment(case, to_ms(frame.received_at), seconds=True),
            frame.peer,
            frame.source,
            frame.device or "—",
            str(len(frame.raw)),
            "、".join(frame.problems) or "无",
        ]
        for key, frame in sorted(case.frames.items())
    ]
    return note + (table(heads, rows, "frames.json") if rows else "<p>没有所依据的单个报文。</p>")


def task(case: Case) -> str:
    """The visit that the alert led to."""
    said = case.task
    if said is None:
        return "<p>没有现场核查任务。</p>"
    rows = [
        ("任务编号", said["id"]),
        ("触发", words.TRIGGERS.get(said["trigger"], said["trigger"])),
        ("启动条件", (said["start_condition"] or {}).get("text")),
        ("状态", words.TASK_STATES.get(said["state"], said["state"])),
        ("下达时间", words.printed(said["queued_at"])),
        ("期限", words.printed(said["due_at"])),
        ("领取人", said["claimed_by"]),
    ]
    result = said["result"] or {}
    rows += [
        ("核查情况", result.get("findings")),
        ("核查时间", words.printed(result.get("inspected_at"))),
        ("执法人员", "、".join(result.get("officers") or [])),
    ]
    return pairs(rows) + "<p>全部经过见 task.json，审计记录见 audit.json。</p>"
