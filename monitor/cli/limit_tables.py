"""The tables of `limits`: what the catalogue holds, what it proposes, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from monitor import catalogue, pollutants
from monitor.catalogue import Klass, Proposal, Row, Standing
from monitor.cli.base import show_table
from monitor.register import Outlet
from monitor.registry.words import BASES, PERIODS, YES_NO

Given = Mapping[Outlet, Sequence[Proposal]]


def show_rows(rows: Sequence[Row], language: str) -> None:
    """The catalogue, in the units of the standards."""
    show_table(_LIST_HEADS[language], [_listed(row, language) for row in rows])


def tell(given: Given, language: str, written: Path | None) -> None:
    """What is proposed for every outlet, what the permit overrides, what is open; and the sum."""
    words = _WORDS[language]
    show_table(_HEADS[language], list(_lines(given, language)))
    counts = {standing.value: 0 for standing in Standing}
    for each in given.values():
        for proposal in each:
            counts[proposal.standing] += 1
    none = sum(not each for each in given.values())
    print(words["summary"].format(**counts, none=none))
    print(words["written"].format(path=written) if written else words["nothing"])


def _lines(given: Given, language: str) -> Iterator[tuple[str, ...]]:
    for outlet, proposals in given.items():
        for proposal in proposals:
            yield _line(proposal, language)
        if not proposals:
            why = _nothing(outlet, _WORDS[language])
            yield (outlet.mn, *[""] * 7, _WORDS[language]["none"], "", why)


def _line(proposal: Proposal, language: str) -> tuple[str, ...]:
    limit, words = proposal.limit, _WORDS[language]
    known = pollutants.get(limit.pollutant)
    return (
        limit.mn,
        _called(limit.pollutant, language),
        str(PERIODS.show(limit.period, language)),
        _bounds(limit.limit, limit.lower),
        known.unit if known else "",
        str(BASES.show(limit.basis, language)),
        limit.valid_from.isoformat(),
        _day(limit.valid_to),
        words[proposal.standing],
        f"{proposal.row.standard} {proposal.row.name(language)}",
        words["and"].join(_remarks(proposal, words, language)),
    )


def _remarks(proposal: Proposal, words: Mapping[str, Any], language: str) -> Iterator[str]:
    row = proposal.row
    if proposal.doubt and not proposal.held:
        yield words[proposal.doubt]
    yield from filter(None, (row.condition_in(language), row.note_in(language)))
    if row.share < 1:
        yield words["month"].format(share=row.share)
    if row.valid_from is None:
        yield words["undated"]
    if not row.verified:
        yield words["unverified"]
    if row.confidence == "low":
        yield words["uncertain"]


def _nothing(outlet: Outlet, words: Mapping[str, Any]) -> str:
    if not outlet.standard:
        return str(words["no-standard"])
    known = catalogue.standards(outlet.standard)
    return str(words["no-row" if known else "unknown-standard"]).format(standard=outlet.standard)


def _listed(row: Row, language: str) -> tuple[str, ...]:
    words = _WORDS[language]
    return (
        row.standard,
        row.name(language),
        _called(row.pollutant, language),
        words[row.when] if row.period is None else str(PERIODS.show(row.period, language)),
        _bounds(row.limit, row.lower),
        row.unit,
        str(BASES.show(row.basis, language)),
        "" if row.reference_oxygen is None else f"{row.reference_oxygen:g}",
        words["classes"][row.klass],
        words["and"].join(filter(None, (row.condition_in(language), row.note_in(language)))),
        _day(row.valid_from),
        _day(row.valid_to),
        row.source,
        str(YES_NO.show(row.verified, language)),
    )


def _called(code: str, language: str) -> str:
    return f"{code} {pollutants.called(code, language)}" if pollutants.get(code) else code


def _bounds(limit: float | None, lower: float | None) -> str:
    """`35`, `6–9`."""
    return "–".join(f"{bound:.10g}" for bound in (lower, limit) if bound is not None)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


_LIST_HEADS = {
    "zh": ("标准", "设施", "因子", "时段", "限值", "单位", "基准", "基准氧", "类别", "条件和说明",
           "生效", "失效", "来源", "已核实"),
    "en": ("standard", "facility", "pollutant", "period", "limit", "unit", "basis", "O2", "class",
           "condition and note", "from", "to", "source", "verified"),
}  # fmt: skip
_HEADS = {
    "zh": ("设备编码", "因子", "时段", "限值", "单位", "基准", "生效", "失效", "结论", "依据", "说明"),
    "en": ("mn", "pollutant", "period", "limit", "unit", "basis", "from", "to", "result", "clause",
           "remark"),
}  # fmt: skip
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "zh": {
        "and": "；",
        "ready": "拟采用",
        "held": "许可优先",
        "unclear": "待定",
        "none": "无可用条目",
        "facility": "设施不明，可用 --kind 指明",
        "grade": "级别不明，可用 --kind 指明",
        "condition": "条件不明，可用 --condition 指明",
        "class": "新建、现有不明，可用 --class 指明",
        "oxygen": "基准氧含量与排口登记的不同",
        "standard": "多个标准均有限值，须人工确定",
        "unverified": "未核对原文",
        "uncertain": "数值待核对",
        "undated": "起始日期不明，自今日起",
        "no-standard": "排口未登记执行标准",
        "unknown-standard": "目录中没有该标准：{standard}",
        "no-row": "目录中没有可用于自动监测数据的条目：{standard}",
        "month": "按月达标比例 {share:g} 判定",
        "summary": "拟采用 {ready} 条，许可优先 {held} 条，待定 {unclear} 条，无可用条目的排口 {none} 个",
        "written": "已写入 {path}：核对后用 registry import 导入方才生效",
        "nothing": "没有可写入的条目",
        "sample": "手工监测",
        "allowance": "豁免条件",
        "classes": {"special": "特别", "new": "新建", "existing": "现有", "table": "通用",
                    "ultra-low": "超低"},
    },
    "en": {
        "and": "; ",
        "ready": "proposed",
        "held": "permit holds",
        "unclear": "unclear",
        "none": "nothing",
        "facility": "which facility? say it with --kind",
        "grade": "which grade? say it with --kind",
        "condition": "is the condition fulfilled? say it with --condition",
        "class": "new or existing? say it with --class",
        "oxygen": "the outlet is registered with another reference oxygen",
        "standard": "several standards have a limit: somebody has to decide",
        "unverified": "not held against the text",
        "uncertain": "the figure is uncertain",
        "undated": "first day not known, from today",
        "no-standard": "the register has no standard for it",
        "unknown-standard": "not in the catalogue: {standard}",
        "no-row": "the catalogue has no row for automatic data: {standard}",
        "month": "judged by the month, share {share:g}",
        "summary": "{ready} proposed, {held} held by permit, {unclear} unclear, {none} outlets without",
        "written": "written to {path}: check it, then bring it into force with registry import",
        "nothing": "nothing to write",
        "sample": "manual sample",
        "allowance": "allowance",
        "classes": {klass.value: klass.value for klass in Klass},
    },
}  # fmt: skip
