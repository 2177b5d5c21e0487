"""What every report is made of, and the parts that several share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.document import Document as Docx

from monitor.legal import basis
from monitor.record import TypicalCase
from monitor.reports import paper as papers
from monitor.reports.charts import Bars
from monitor.reports.figures import (
    FIGURES,
    Counted,
    Material,
    by_category,
    by_kind,
    by_means,
    total,
)
from monitor.reports.period import Level, Span
from monitor.reports.words import FIGURES as NAMES
from monitor.reports.words import MEANS, RELIEFS, district
from monitor.task import Trigger

_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report's content: who reports to whom, on which span, what was counted of which records."""

    unit: str
    level: Level
    span: Span
    rows: Sequence[Counted]
    material: Material
    recipient: str = ""
    contact: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    """The names of the list's categories."""

    @property
    def total(self) -> dict[str, int]:
        """The number of each figure over all rows."""
        return total(self.rows)

    def typical(self) -> list[tuple[int, TypicalCase]]:
        """The typical cases chosen within the span in the districts of the rows, major ones first."""
        districts = {row.district for row in self.rows}
        found = [
            (number, each)
            for number, each in self.material.typical.items()
            if self.span.holds(each.chosen_on) and self.material.district(each.uscc) in districts
        ]
        return sorted(found, key=lambda one: (not one[1].major, one[1].chosen_on, one[0]))


def as_json(report: Report) -> dict[str, Any]:
    """A report's figures as JSON, each with the numbers of its records."""
    return {
        "unit": report.unit,
        "level": report.level.value,
        "from": report.span.first.isoformat(),
        "to": report.span.last.isoformat(),
        "total": report.total,
        "rows": [
            {"district": row.district}
            | {name: len(getattr(row, name)) for name in FIGURES}
            | {"records": {name: list(getattr(row, name)) for name in FIGURES}}
            for row in report.rows
        ],
        "by_category": by_category(report.material, report.rows, report.span.last),
        "by_relief": {k.value: n for k, n in by_kind(report.material, report.rows).items()},
        "by_means": {k.value: n for k, n in by_means(report.material, report.rows).items()},
        "typical_cases": [
            {"id": number, "title": each.title, "text": each.text, "major": each.major}
            for number, each in report.typical()
        ],
        "legal_basis": basis(Trigger.MANUAL, report.span.last),
    }


# --- sentences ----------------------------------------------------------------------------------


def listed(report: Report) -> str:
    """How many enterprises are on the list, by category."""
    kinds = by_category(report.material, report.rows, report.span.last)
    parts = "，".join(f"{category_name(report, code)}{number}家" for code, number in kinds.items())
    whole = f"纳入监督执法正面清单企业{report.total['listed']}家"
    return whole + (f"，其中{parts}" if parts else "")


def category_name(report: Report, code: str) -> str:
    """A category as papers call it."""
    known = report.categories.get(code)
    return f"第{code}类（{known}）" if known else f"第{code}类"


def reliefs(report: Report) -> str:
    """How often there was relief, by kind."""
    kinds = by_kind(report.material, report.rows)
    parts = "，".join(f"{RELIEFS[kind]}{number}次" for kind, number in kinds.items() if number)
    whole = f"对清单内企业减免处罚{report.total['reliefs']}次"
    return whole + (f"，其中{parts}" if parts else "")


def found(report: Report) -> str:
    """What off-site means found, by means."""
    means = by_means(report.material, report.rows)
    parts = "，".join(f"{MEANS[each]}{number}个" for each, number in means.items() if number)
    whole = (
        f"非现场手段提出现场核查{report.total['alerts_visited']}次，"
        f"经现场核查发现问题{report.total['problems']}个"
    )
    return whole + (f"，其中{parts}" if parts else "")


# --- parts --------------------------------------------------------------------------------------


def charts(paper: Docx, report: Report) -> None:
    """The charts: what off-site means found, and the list by district where there are several."""
    means = by_means(report.material, report.rows)
    bars = [(MEANS[each], number) for each, number in means.items()]
    papers.chart(paper, Bars(title="非现场手段发现问题", unit="个", bars=bars))
    if len(report.rows) > 1:
        bars = [(district(row.district), len(row.listed)) for row in report.rows]
        papers.chart(paper, Bars(title="各县区纳入清单企业", unit="家", bars=bars))


def typical_cases(paper: Docx, report: Report) -> None:
    """The typical cases with their texts."""
    chosen = report.typical()
    if not chosen:
        papers.text(paper, "本期未选定公开的典型案例。")
    for place, (_, each) in enumerate(chosen, 1):
        papers.text(paper, f"案例{place}：{each.title}" + ("（重大）" if each.major else ""))
        for line in each.text.splitlines():
            papers.text(paper, line)


def annex(paper: Docx, report: Report) -> None:
    """The figures behind sentences and charts, where each was counted, and the legal basis."""
    papers.heading(paper, "附1　各县区数据")
    heads = ["县区", *(name.partition("（")[0] for name in NAMES.values())]
    lines: list[list[object]] = [
        [district(row.district), *(len(getattr(row, name)) for name in NAMES)]
        for row in report.rows
    ]
    lines.append(["合计", *(report.total[name] for name in NAMES)])
    papers.table(paper, heads, lines)
    papers.heading(paper, "附2　数据来源（记录号）")
    papers.table(
        paper,
        ["指标", "数值", "记录"],
        [[NAMES[name], report.total[name], _numbers(report, name)] for name in NAMES],
    )
    papers.heading(paper, "附3　依据")
    for each in basis(Trigger.MANUAL, report.span.last):
        papers.text(paper, f"{each['title']}　{each['clause']}：{each['point']}")


def _numbers(report: Report, name: str) -> str:
    found = [str(number) for row in report.rows for number in getattr(row, name)]
    shown = "、".join(found[:_SHOWN])
    return shown + (f" 等{len(found)}项" if len(found) > _SHOWN else "")
