"""The files of the visit on the page: pictures with their captions, then all of them as a table. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

from monitor.evidence import words
from monitor.evidence.case import Attachment, Case
from monitor.evidence.tables import table

_NOTE = (
    "图片为缩小后的显示版本，原始文件按上传时的字节原样保存在本包 attachments 目录中，"
    "其 SHA-256 见下表及 manifest.json。拍摄时间、类别和说明由上传人填写。"
)


def render(case: Case) -> str:
    """The section of a case's attachments."""
    if not case.attachments:
        return "<p>没有现场影像或附件。</p>"
    pictures = "".join(_figure(each) for each in case.attachments if each.shown is not None)
    heads = ("文件", "编号", "类别", "名称", "说明", "拍摄时间", "上传", "字节", "SHA-256", "作废")
    rows = [[*_row(each)] for each in case.attachments]
    return f"<p>{escape(_NOTE)}</p>{pictures}{table(heads, rows, 'attachments.json')}"


def _figure(each: Attachment) -> str:
    assert each.shown is not None, "it is a picture"
    said = each.said
    caption = [each.file, words.ATTACHMENTS[said["kind"]], said["note"], _uploaded(each)]
    if said["struck_out"]:
        caption.append(f"已作废：{said['struck_out']['reason']}")
    picture = base64.b64encode(each.shown).decode()
    text = "；".join(filter(None, caption))
    return (
        f'<figure><img alt="{escape(each.file)}" src="data:image/jpeg;base64,{picture}">'
        f"<figcaption>{escape(text)}</figcaption></figure>"
    )


def _uploaded(each: Attachment) -> str:
    return f"{each.said['by']} {words.printed(each.said['at'])}"


def _row(each: Attachment) -> Iterator[str]:
    said, struck = each.said, each.said["struck_out"]
    yield each.file if each.content is not None else "未收入"
    yield str(said["id"])
    yield words.ATTACHMENTS[said["kind"]]
    yield said["name"]
    yield said["note"] or "—"
    yield words.printed(said["taken_at"]) or "—"
    yield _uploaded(each)
    yield str(said["size"])
    yield said["sha256"]
    yield f"{words.printed(struck['at'])} {struck['by']} {struck['reason']}" if struck else "—"
