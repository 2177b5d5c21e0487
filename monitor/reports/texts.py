"""The papers: monthly brief (简报), article (稿件), year's summary (工作总结), as docx."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from docx.document import Document as Docx

from monitor.reports import content
from monitor.reports import paper as papers
from monitor.reports.content import Report
from monitor.reports.figures import count, total
from monitor.reports.period import Span, month
from monitor.reports.rooms import Kept, room
from monitor.reports.words import FIGURES as NAMES
from monitor.reports.words import day

BRIEF = ("工作进展", "亮点和成效", "典型案例")
ARTICLE = ("导语", "做法和成效", "典型案例")
YEAR = ("总体情况", "主要做法", "亮点和成效", "典型案例", "下一步打算")
"""The writer's rooms of each paper."""


def brief(report: Report, kept: Kept | None = None) -> bytes:
    """The monthly brief: progress, highlights and effect, major typical cases handled by law.

    `kept`: what a writer has written in an earlier version of it.
    """
    paper = _begun(report, "监督执法正面清单工作简报", _month(report), kept, BRIEF)
    papers.heading(paper, "一、工作进展")
    papers.text(
        paper,
        f"截至{day(report.span.last)}，{content.listed(report)}。本月新纳入{report.total['added']}家，"
        f"移出{report.total['removed']}家，出台配套、细化措施（发文）{report.total['documents']}件。",
    )
    papers.text(
        paper,
        f"{content.found(report)}。核查信访举报{report.total['complaints']}件，"
        f"对清单内企业环境违法行为立案{report.total['cases']}件。",
    )
    content.charts(paper, report)
    room(paper, "工作进展", "本月推进工作的主要做法", kept)
    papers.heading(paper, "二、亮点和成效")
    _effect(paper, report)
    room(paper, "亮点和成效", "本月的亮点做法和成效", kept)
    papers.heading(paper, "三、依法查处的重大典型案例")
    content.typical_cases(paper, report)
    room(paper, "典型案例", "案例的补充说明", kept)
    return _ended(paper, report)


def article(report: Report, kept: Kept | None = None) -> bytes:
    """The month's article for the level above, as a draft: highlights and effect, typical cases."""
    paper = _begun(
        report, "落实监督执法正面清单 优化执法方式", _month(report) + "　（稿件）", kept, ARTICLE
    )
    room(paper, "导语", "导语：一两句话说明本地做法", kept)
    papers.heading(paper, "做法和成效")
    papers.text(paper, f"截至{day(report.span.last)}，{content.listed(report)}。")
    papers.text(paper, f"本月{content.found(report)}。")
    _effect(paper, report)
    room(paper, "做法和成效", "亮点做法、企业和群众的反映", kept)
    papers.heading(paper, "典型案例")
    content.typical_cases(paper, report)
    room(paper, "典型案例", "案例的补充说明", kept)
    return _ended(paper, report)


def year_summary(report: Report, kept: Kept | None = None) -> bytes:
    """The year's work summary, which is due with the summary table."""
    year = f"{report.span.first.year}年"
    paper = _begun(report, f"{year}落实监督执法正面清单工作总结", "", kept, YEAR)
    papers.heading(paper, "一、总体情况")
    papers.text(
        paper,
        f"截至{day(report.span.last)}，{content.listed(report)}。全年新纳入{report.total['added']}家，"
        f"移出{report.total['removed']}家，出台配套、细化措施（发文）{report.total['documents']}件。",
    )
    room(paper, "总体情况", "组织领导、责任分工", kept)
    papers.heading(paper, "二、主要做法")
    papers.text(
        paper,
        f"全年{content.found(report)}。核查信访举报{report.total['complaints']}件，"
        f"对清单内企业环境违法行为立案{report.total['cases']}件。",
    )
    content.charts(paper, report)
    papers.table(paper, ["月份", *_SHORT], list(_by_month(report)))
    room(paper, "主要做法", "全年推进工作的主要做法", kept)
    papers.heading(paper, "三、亮点和成效")
    _effect(paper, report)
    room(paper, "亮点和成效", "亮点做法和成效", kept)
    papers.heading(paper, "四、典型案例")
    content.typical_cases(paper, report)
    room(paper, "典型案例", "案例的补充说明", kept)
    papers.heading(paper, "五、存在问题和下一步打算")
    room(paper, "下一步打算", "存在问题、意见建议、下一步打算", kept)
    return _ended(paper, report)


def _begun(
    report: Report, title: str, below: str, kept: Kept | None, rooms: Collection[str]
) -> Docx:
    if kept is not None:
        kept.require(rooms)
    paper = papers.blank()
    papers.title(paper, title, [line for line in (below, report.unit) if line])
    if report.recipient:
        papers.text(paper, f"{report.recipient}：")
    return paper


def _effect(paper: Docx, report: Report) -> None:
    papers.text(
        paper,
        f"“双随机”抽查中，对清单内企业免于现场执法检查{report.total['spared']}家次；"
        f"{content.reliefs(report)}。",
    )


def _ended(paper: Docx, report: Report) -> bytes:
    papers.heading(paper, "报送单位和联系人")
    papers.text(paper, f"报送单位：{report.unit}　　联系人：{report.contact or '＿＿＿＿'}")
    content.annex(paper, report)
    return papers.save(paper)


def _month(report: Report) -> str:
    return f"（{report.span.first.year}年{report.span.first.month}月）"


_SHORT = [name.partition("（")[0] for name in NAMES.values()]


def _by_month(report: Report) -> Iterator[list[object]]:
    """The figures of each month of the year, and the year's."""
    districts = [row.district for row in report.rows]
    for number in range(1, 13):
        span = month(f"{report.span.first.year}-{number}")
        if span.first > report.span.last:
            return
        until = Span(span.first, min(span.last, report.span.last))
        whole = total(count(report.material, until, only=districts)) if districts else {}
        yield [f"{number}月", *(whole.get(name, 0) for name in NAMES)]
