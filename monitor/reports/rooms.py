"""Room for the writer's own words, which survive when a report is made again.

A room begins with a paragraph in a style of its own (撰写 …), at the end of its section, and goes on to
the next heading: whatever stands there, pictures and tables too, is the writer's. Styles outlive
Word, WPS and LibreOffice alike, which marks in the file do not.
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import nsmap, qn
from docx.text.paragraph import Paragraph

from monitor.reports import paper as papers
from monitor.task import InputError

_STYLE = "撰写 {}"
FILE_BYTES = 32 * 2**20
_UNPACKED_BYTES = 128 * 2**20
_RELATIONS = f"{{{nsmap['r']}}}"


@dataclass(frozen=True)
class Kept:
    """What a writer has written in an earlier file: per room the elements, and the file they are of."""

    source: Docx
    rooms: Mapping[str, list[Any]]
    names: frozenset[str]
    """All rooms that the file has, written in or not."""

    def require(self, names: Collection[str]) -> None:
        """Raise InputError for a file that is another kind of paper: its words would have no room."""
        if self.names != set(names):
            raise InputError(
                f"the file is another paper, with room for {'、'.join(sorted(self.names))}; "
                "name one of this kind"
            )


def room(paper: Docx, name: str, hint: str, kept: Kept | None) -> None:
    """A room: what was kept of it, else a hint of what belongs there."""
    style = _STYLE.format(name)
    papers.writers_style(paper, style)
    written = kept.rooms.get(name) if kept else None
    if kept is None or not written:
        papers.text(paper, _hint(hint), style)
        return
    end = paper.add_paragraph()
    for element in written:
        end._p.addprevious(_moved(element, kept.source, paper))
    end._p.getparent().remove(end._p)


def read(data: bytes) -> Kept:
    """What a writer has written in a report. Raises InputError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(each.file_size for each in archive.infolist())
        if len(data) > FILE_BYTES or size > _UNPACKED_BYTES:
            raise InputError("the file is too large for a report")
        source = Document(io.BytesIO(data))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile, SyntaxError) as error:
        raise InputError(f"the file is no docx: {error}") from None
    rooms: dict[str, list[Any]] = {}
    current: str | None = None
    for element in source.element.body:
        if element.tag == qn("w:sectPr"):
            break
        style = _style(element, source)
        if style == papers.HEADING:
            current = None
        elif style.startswith(_STYLE.format("")):
            current = style.removeprefix(_STYLE.format(""))
            rooms.setdefault(current, [])
        if current is not None:
            rooms[current].append(element)
    if not rooms:
        raise InputError("the file is no report of ours: it has no room for a writer")
    written = {name: found for name, found in rooms.items() if not _only_hint(found, source)}
    return Kept(source, written, frozenset(rooms))


def _style(element: Any, source: Docx) -> str:
    if element.tag != qn("w:p"):
        return ""
    style = Paragraph(element, source._body).style
    return style.name or "" if style else ""


_HINT = "（此处由撰稿人填写，重新生成时保留：{}）"


def _hint(text: str) -> str:
    return _HINT.format(text)


def _only_hint(elements: list[Any], source: Docx) -> bool:
    """Whether nobody has written anything: the hint alone, or empty lines."""
    if any(e.tag != qn("w:p") or e.findall(f".//{qn('w:drawing')}") for e in elements):
        return False
    said = "".join(Paragraph(e, source._body).text.strip() for e in elements)
    return not said or (said.startswith(_HINT.partition("{")[0]) and said.endswith("）"))


def _moved(element: Any, source: Docx, paper: Docx) -> Any:
    """A copy of an element for another file, with the pictures and links that it refers to."""
    moved = copy.deepcopy(element)
    for each in list(moved.iter()):
        for name, value in list(each.attrib.items()):
            if name.startswith(_RELATIONS):
                each.set(name, _related(value, source, paper))
        if each.tag in _STYLED:
            _restyle(each, source, paper)
    return moved


_STYLED = frozenset(map(qn, ("w:pStyle", "w:rStyle", "w:tblStyle")))


def _restyle(reference: Any, source: Docx, paper: Docx) -> None:
    """Name a style as the other file does: programs give styles numbers of their own, names they keep."""
    number = reference.get(qn("w:val"))
    name = next((s.name for s in source.styles if s.style_id == number), None)
    known = next((s.style_id for s in paper.styles if s.name == name), None)
    if known is None:
        reference.getparent().remove(reference)
    else:
        reference.set(qn("w:val"), known)


def _related(number: str, source: Docx, paper: Docx) -> str:
    relation = source.part.rels[number]
    if relation.is_external:
        made: str = paper.part.relate_to(relation.target_ref, relation.reltype, is_external=True)
    elif relation.reltype == RELATIONSHIP_TYPE.IMAGE:
        made, _ = paper.part.get_or_add_image(io.BytesIO(relation.target_part.blob))
    else:
        made = paper.part.relate_to(relation.target_part, relation.reltype)
    return made
