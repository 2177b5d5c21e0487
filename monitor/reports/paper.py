"""A paper in the layout of official documents (GB/T 9704-2012 党政机关公文格式), as docx.

A4, margins of 37, 35, 28 and 26 mm; the title in 22 pt 小标宋, headings in 黑体, text in 16 pt 仿宋,
28 pt a line, the page's number at the foot.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from docx import Document
from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from monitor.reports.charts import Bars, png

HEADING = "Heading 1"
_FONTS = {"title": "方正小标宋简体", "heading": "黑体", "text": "仿宋"}
_PICTURE = Mm(150)


def blank() -> Docx:
    """A paper with nothing on it."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    _styled(paper, "Normal", "text", 16)
    _styled(paper, "Title", "title", 22)
    heading = _styled(paper, HEADING, "heading", 16)
    heading.paragraph_format.space_before = heading.paragraph_format.space_after = Pt(0)
    text = paper.styles["Normal"]
    assert isinstance(text, ParagraphStyle)
    text.paragraph_format.line_spacing = Pt(28)
    text.paragraph_format.space_after = Pt(0)
    _numbered(section.footer.paragraphs[0])
    return paper


def _styled(paper: Docx, name: str, font: str, size: float) -> ParagraphStyle:
    style = paper.styles[name]
    assert isinstance(style, ParagraphStyle)
    style.font.name, style.font.size, style.font.bold = _FONTS[font], Pt(size), False
    style.font.color.rgb = None
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):  # themes go before names
        if "heme" in attribute:
            del fonts.attrib[attribute]
    for script in ("w:eastAsia", "w:hAnsi", "w:ascii", "w:cs"):
        fonts.set(qn(script), _FONTS[font])
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(language)
    return style


def _numbered(foot: Paragraph) -> None:
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = foot.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)  # python-docx has no fields


def title(paper: Docx, text: str, below: Sequence[str]) -> None:
    """The title, and lines below it."""
    paper.add_paragraph(printable(text), "Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    for line in below:
        paper.add_paragraph(printable(line)).alignment = WD_ALIGN_PARAGRAPH.CENTER


def heading(paper: Docx, text: str) -> None:
    """A heading of the first order (一、…)."""
    paper.add_paragraph(printable(text), HEADING)


def text(paper: Docx, said: str, style: str = "Normal") -> Paragraph:
    """A paragraph, indented by two characters."""
    paragraph = paper.add_paragraph(printable(said), style)
    paragraph.paragraph_format.first_line_indent = Pt(32)
    return paragraph


def writers_style(paper: Docx, name: str) -> None:
    """A style of its own for what a person writes, as plain text looks."""
    style = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = paper.styles["Normal"]
    style.quick_style = True


def table(paper: Docx, heads: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """A table with ruled lines; its first line is said again on every page."""
    made = paper.add_table(rows=1 + len(lines), cols=len(heads), style="Table Grid")
    for row, cells in zip(made.rows, [heads, *lines], strict=True):
        for cell, said in zip(row.cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = Pt(18)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.add_run(printable(str(said))).font.size = Pt(10.5)
    repeated = OxmlElement("w:tblHeader")
    made.rows[0]._tr.get_or_add_trPr().append(repeated)
    paper.add_paragraph()


def chart(paper: Docx, bars: Bars) -> None:
    """A chart, with its numbers as the picture's text for those who cannot see it."""
    shape = paper.add_picture(io.BytesIO(png(bars)), width=_PICTURE)
    said = "，".join(f"{name} {number}" for name, number in bars.bars)
    shape._inline.docPr.set("descr", f"{bars.title}（{bars.unit}）：{said}")
    last = paper.paragraphs[-1]
    last.alignment = WD_ALIGN_PARAGRAPH.CENTER
    last.paragraph_format.line_spacing = 1.0


def save(paper: Docx) -> bytes:
    """The file."""
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def printable(said: str) -> str:
    """Without the control characters that no XML holds."""
    return "".join(c for c in said if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
