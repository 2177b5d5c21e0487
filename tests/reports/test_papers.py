"""The papers as files: their layout, their Chinese, the writer's words, LibreOffice."""

from __future__ import annotations

import io
import warnings
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as Docx
from docx.oxml.ns import qn
from openpyxl import load_workbook
from PIL import Image

from monitor.record import TypicalCase
from monitor.reports import charts, rooms, summary, texts
from monitor.reports.content import Report
from monitor.reports.figures import Material, count
from monitor.reports.period import Level, month, year
from monitor.reports.summary import Summary
from monitor.task import InputError
from tests.office import converted
from tests.reports.test_figures import DISTRICTS, year_of

OCTOBER, YEAR = month("2026-10"), year(2026)


def material() -> Material:
    said = year_of(3)
    typical = TypicalCase(
        uscc="U01",
        chosen_on=date(2026, 10, 20),
        major=True,
        title="某企业篡改监测数据案",
        text="某企业篡改数据。\n已移送公安机关。",
    )
    return Material(**(vars(said) | {"typical": {1: typical}}))


def report(**more: object) -> Report:
    said = material()
    span = more.pop("span", OCTOBER)
    values = {
        "unit": "示例市生态环境局",
        "level": Level.CITY,
        "span": span,
        "rows": count(said, span, DISTRICTS),  # type: ignore[arg-type]
        "material": said,
        "recipient": "省生态环境执法局",
        "contact": "示例甲",
    }
    return Report(**(values | more))  # type: ignore[arg-type]


def opened(data: bytes) -> Docx:
    return Document(io.BytesIO(data))


def said_in(paper: Docx) -> list[str]:
    return [paragraph.text for paragraph in paper.paragraphs]


def headings(paper: Docx) -> list[str]:
    return [p.text for p in paper.paragraphs if p.style and p.style.name == "Heading 1"]


def test_the_brief_has_the_three_parts_and_the_figures_behind() -> None:
    made = report()
    paper = opened(texts.brief(made))
    assert headings(paper)[:3] == ["一、工作进展", "二、亮点和成效", "三、依法查处的重大典型案例"]
    whole = "\n".join(said_in(paper))
    assert f"纳入监督执法正面清单企业{made.total['listed']}家" in whole
    assert "案例1：某企业篡改监测数据案（重大）" in whole
    assert "环执法发〔2020〕1号" in whole
    assert "生态环境法典" in whole
    by_district, behind = paper.tables[-2:]
    last = [cell.text for cell in by_district.rows[-1].cells]
    assert last[:2] == ["合计", str(made.total["listed"])]
    cases = next(row for row in behind.rows if "立案" in row.cells[0].text)
    numbers = [str(n) for row in made.rows for n in row.cases]
    assert cases.cells[2].text == "、".join(numbers)
    assert len(paper.inline_shapes) == 2
    section = paper.sections[0]
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)  # type: ignore[union-attr]
    fonts = paper.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "仿宋"


def test_the_legal_basis_is_of_the_day() -> None:
    paper = opened(texts.brief(report(span=month("2026-05"))))
    whole = "\n".join(said_in(paper))
    assert "中华人民共和国环境保护法" in whole
    assert "生态环境法典" not in whole


def test_the_year_has_a_line_a_month() -> None:
    made = report(span=YEAR)
    paper = opened(texts.year_summary(made))
    months = next(t for t in paper.tables if t.rows[0].cells[0].text == "月份")
    assert [row.cells[0].text for row in months.rows[1:]] == [f"{n}月" for n in range(1, 13)]
    column = [cell.text for cell in months.rows[0].cells].index("减免处罚")
    counted = sum(int(row.cells[column].text) for row in months.rows[1:])
    assert counted == made.total["reliefs"]
    assert "五、存在问题和下一步打算" in headings(paper)


def test_charts_show_chinese_without_any_font_of_the_machine() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = charts.png(
            charts.Bars(
                title="非现场手段发现问题", unit="个", bars=[("用电（能）监控", 3), ("襄垣县", 0)]
            )
        )
    picture = Image.open(io.BytesIO(data))
    assert picture.width > 800
    assert charts.font_file().is_file()


def written(paper: Docx) -> bytes:
    """The paper as a writer leaves it: words in place of a hint, a table and a picture below."""
    hint = next(p for p in paper.paragraphs if "本月的亮点做法" in p.text)
    hint.text = "我市创新“云检查”做法。"
    pasted = paper.add_paragraph("从别处粘贴的一段。")
    table = paper.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "手写的表"
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    file.seek(0)
    picture = paper.add_paragraph()
    picture.add_run().add_picture(file)
    for each in (picture._p, table._tbl, pasted._p):
        hint._p.addnext(each)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def test_what_a_writer_wrote_survives_when_the_figures_change() -> None:
    first = written(opened(texts.brief(report(rows=[]))))
    again = texts.brief(report(), rooms.read(first))
    paper = opened(again)
    whole = said_in(paper)
    place = whole.index("我市创新“云检查”做法。")
    assert whole[place + 1] == "从别处粘贴的一段。"
    assert whole.index("二、亮点和成效") < place < whole.index("三、依法查处的重大典型案例")
    assert f"纳入监督执法正面清单企业{report().total['listed']}家" in "\n".join(whole)
    assert [t.rows[0].cells[0].text for t in paper.tables].count("手写的表") == 1
    assert len(paper.inline_shapes) == 3
    assert any("本月推进工作的主要做法" in line for line in whole), "what nobody wrote has its hint"
    third = opened(texts.brief(report(), rooms.read(again)))
    assert said_in(third) == whole


def test_it_survives_libreoffice_too(tmp_path: Path) -> None:
    path = tmp_path / "简报.docx"
    path.write_bytes(written(opened(texts.brief(report()))))
    saved = converted(path, "docx", tmp_path / "saved")
    paper = opened(texts.brief(report(), rooms.read(saved.read_bytes())))
    assert "我市创新“云检查”做法。" in said_in(paper)
    assert "从别处粘贴的一段。" in said_in(paper)
    again = io.BytesIO()
    paper.save(again)
    third = opened(texts.brief(report(), rooms.read(again.getvalue())))
    assert said_in(third) == said_in(paper), "and made again once more"
    assert converted(path, "pdf", tmp_path / "saved").stat().st_size > 20_000


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no docx"])
def test_a_file_that_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="docx"):
        rooms.read(data)


def test_another_kind_of_paper_is_refused_rather_than_its_words_lost() -> None:
    kept = rooms.read(written(opened(texts.brief(report()))))
    with pytest.raises(InputError, match="another paper"):
        texts.year_summary(report(span=YEAR), kept)


def test_somebody_elses_docx_is_refused() -> None:
    out = io.BytesIO()
    Document().save(out)
    with pytest.raises(InputError, match="no room for a writer"):
        rooms.read(out.getvalue())


def table_of(data: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_table_is_the_notices(tmp_path: Path) -> None:
    said = material()
    rows = count(said, YEAR, DISTRICTS)
    made = Summary(unit="示例市生态环境局", span=YEAR, rows=rows, material=said)
    data = summary.workbook(made)
    lines = table_of(data)
    assert lines[0][0] == "落实监督执法正面清单工作情况汇总表"
    assert lines[2] == [
        "县区",
        "纳入清单企业数量（个）",
        "出台的配套、细化措施（发文）数量（件）",
        "清单内企业环境违法立案处罚数量（件）",
        "减免处罚次数（次）",
    ]
    for line, row in zip(lines[3:], rows, strict=False):
        assert line == [row.district or "其他", *summary.figures(row).values()]
    whole, note = lines[3 + len(rows) :]
    assert whole == ["合计", *summary.as_json(made)["total"].values()]
    assert str(note[0]).startswith("注：")
    names = [sheet.title for sheet in load_workbook(io.BytesIO(data)).worksheets]
    assert names == ["汇总表", "清单企业", "发文", "立案处罚", "减免处罚"]
    path = tmp_path / "汇总表.xlsx"
    path.write_bytes(data)
    assert table_of(converted(path, "xlsx", tmp_path / "saved").read_bytes()) == lines
