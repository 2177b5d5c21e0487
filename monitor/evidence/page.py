"""The page of a bundle (证据说明): what a judge reads. Chinese and self-contained. Pure.

Whatever comes from outside is escaped: `pairs`, `table` and `warning` do so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from html import escape
from typing import Any

from monitor.evidence import attachments, tables, words
from monitor.evidence.case import Case
from monitor.evidence.chart import number
from monitor.evidence.style import CODE_NOTE, CSS, HOW
from monitor.evidence.tables import moment, pairs, table, warning
from monitor.legal import CODE_IN_FORCE


def render(case: Case, chart: str | None, files: Mapping[int, str], chain: str) -> str:
    """The page; `files` names the file of a frame, `chain` is the chain's value before this page."""
    title = f"报警 {case.alert['id']} 证据包"
    parts = [
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">",
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="lead">{escape(_lead(case))}</p>',
        *_warnings(case),
        *_section("一、排污单位与排放口", _who(case)),
        *_section("二、事实", _what(case)),
        *_section("三、数据曲线", _chart(chart)),
        *_section("四、法律依据（按行为发生日）", _legal(case)),
        *_section("五、各时段明细", tables.findings(case, files)),
        *_section("六、限值出处", tables.limits(case)),
        *_section("七、数据标记", tables.marks(case)),
        *_section("八、所依据的原始报文", tables.frames(case, files)),
        *_section("九、现场核查任务", tables.task(case)),
        *_section("十、现场影像与附件", attachments.render(case)),
        *_section("十一、如何核验本证据包", HOW.format(chain=chain, alert=case.alert["id"])),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _lead(case: Case) -> str:
    alert, who = case.alert, case.alert["enterprise"] or {}
    name = who.get("name") or "未登记单位"
    pollutant = words.pollutant_name(alert["pollutant"])
    if alert["rule"] != "exceedance" or alert["value"] is None:
        kind = words.RULES.get(alert["rule"], alert["rule"])
        return f"{name}：{moment(case, case.span[0])}起，{kind}。"
    unit = words.unit_of(alert["pollutant"])
    below = (alert["exceed_ratio"] or 0) < 0
    over = "低于下限" if below else "超过限值"
    return (
        f"{name}自 {moment(case, case.span[0])} 至 {moment(case, case.span[1])}，"
        f"{pollutant}{words.period_name(alert['period'])}（{_basis(case)}）"
        f"{alert['count']} 个时段{over}，最严重的一个为 {number(alert['value'])} {unit}，"
        f"限值 {number(alert['limit'])} {unit}，"
        f"{'低于下限' if below else '超标'} {words.ratio(abs(alert['exceed_ratio'] or 0))} 倍。"
    )


def _warnings(case: Case) -> Iterator[str]:
    if not case.alert["count"]:
        yield warning("本报警已不成立：其依据的时段已全部撤销或并入其他报警。")
    if any(not limit["verified"] for limit in case.limits):
        yield warning("所用限值尚未经人工与标准原文核对，使用前须先行核对（见“限值出处”）。")
    for each in case.left_out:
        what, why = words.LEFT_OUT[each["what"]], words.WHY[each["why"]]
        count = "若干" if each["count"] is None else each["count"]
        yield warning(f"未收入本包：{what} {count} 项，{why}（清单见 manifest.json）。")


def _section(title: str, content: str) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>"
    yield content


def _who(case: Case) -> str:
    said = case.register["at_opening"]
    owner = said["enterprise"] or case.alert["enterprise"] or {}
    outlet = said["outlet"] or {}
    opened = words.printed(case.alert["opened_at"])
    known = f"（以报警产生时 {opened} 的登记为准）"
    return f"<p>{escape(known)}</p>" + pairs(
        [
            ("企业名称", owner.get("name")),
            ("统一社会信用代码", owner.get("uscc")),
            ("县区", owner.get("district")),
            ("行业", owner.get("industry")),
            ("重点排污单位", {True: "是", False: "否"}.get(owner.get("key_unit", ""))),
            ("排口编号", outlet.get("code")),
            ("排口名称", outlet.get("name")),
            ("排放类型", words.MEDIA.get(outlet.get("medium", ""))),
            ("设备编码（MN）", case.alert["outlet"]),
            ("执行标准", outlet.get("standard")),
            ("基准氧含量", outlet.get("reference_oxygen")),
            (f"正面清单（{case.day}）", _listing(said["on_day"]["listing"])),
        ]
    )


def _listing(listing: Mapping[str, Any] | None) -> str:
    if listing is None:
        return "当日不在正面清单内"
    until = listing["listed_until"] or "长期"
    document = f"，{listing['document']}" if listing["document"] else ""
    span = f"{listing['listed_from']} 至 {until}"
    return f"当日在正面清单内，第 {listing['category']} 类（{span}{document}）"


def _basis(case: Case) -> str:
    kinds = {words.BASES[limit["basis"]] for limit in case.limits}
    return "、".join(sorted(kinds)) or "实测值"


def _what(case: Case) -> str:
    alert, unit = case.alert, words.unit_of(case.alert["pollutant"])
    judged = alert["value"] is not None
    verified = all(limit["verified"] for limit in case.limits)
    said = [
        ("报警编号", alert["id"]),
        ("情形", words.RULES.get(alert["rule"], alert["rule"])),
        ("污染因子", f"{words.pollutant_name(alert['pollutant'])}（{alert['pollutant'] or '—'}）"),
        ("统计周期", words.period_name(alert["period"])),
        ("起止时间", f"{moment(case, case.span[0])} 至 {moment(case, case.span[1])}"),
        ("时段数", alert["count"]),
        ("状态", words.STATES.get(alert["state"], alert["state"])),
        ("处理意见", words.OUTCOMES.get(alert["outcome"], alert["outcome"])),
        ("最严重的值", f"{number(alert['value'])} {unit}（{_basis(case)}）" if judged else None),
        ("限值", f"{number(alert['limit'])} {unit}" if alert["limit"] is not None else None),
        ("超标倍数", words.ratio(alert["exceed_ratio"]) if judged else None),
        ("限值依据", alert["clause"]),
        ("限值核对", ("已核对" if verified else "未核对") if case.limits else None),
        ("系统说明", alert["reason"]),
    ]
    note = "<p>超标倍数 =（值 − 限值）÷ 限值；等于限值不为超标；被标记为无效的数据不参与判定。</p>"
    return pairs(said) + note


def _chart(chart: str | None) -> str:
    if chart is None:
        return "<p>本报警没有上报数据序列。</p>"
    said = "蓝线为上报值（同一时段多次上报的，为最后一次），红色为超标时段，虚线为限值，"
    said += "底色为数据标记时段。全部版本见 series.csv，图另存为 chart.svg。"
    return f"<figure>{chart}</figure><p>{escape(said)}</p>"


def _legal(case: Case) -> str:
    rows = [[c["title"], c["clause"], c["point"]] for c in case.legal]
    note = CODE_NOTE[case.day >= CODE_IN_FORCE].format(day=_day(case.day))
    return f"<p>{escape(note)}</p>" + table(("名称", "条款", "要点"), rows, "rules.json")


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
