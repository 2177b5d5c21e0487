"""The page by which an enterprise replies to a reminder (提醒回复): no script, nothing from outside.

Whatever is not a text of this module is escaped. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from html import escape

LONGEST = 2000
"""Characters of a reply."""

_CSS = """
*{box-sizing:border-box}
body{font:17px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#222;
max-width:640px;margin:0 auto;padding:20px 16px}
h1{font-size:22px;margin:0 0 12px}
.said{white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f5f9;border-left:4px solid #1f5a96;
padding:10px 12px;margin:12px 0}
.fault{background:#fff4e0;border:1px solid #e0a030;padding:8px 12px}
label{display:block;font-weight:600;margin:16px 0 4px}
textarea{width:100%;min-height:9em;font:inherit;padding:8px;border:1px solid #888;border-radius:4px}
input[type=file]{width:100%;font:inherit}
button{width:100%;margin-top:20px;padding:12px;font:inherit;font-weight:600;color:#fff;background:#1f5a96;
border:0;border-radius:4px}
small{color:#555}
"""

_STYLE = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Language",
}
"""The link is a secret: no cache keeps the page, and no other site is told where one came from."""

_WORDS = {
    "zh": {
        "title": "生态环境提醒",
        "to": "致：{enterprise}",
        "until": "请于 {until} 前回复，每个链接只能回复一次。",
        "text": "回复内容（原因、已采取的措施）",
        "files": "证明材料（照片或 PDF，最多 {files} 个，合计不超过 {megabytes} MB）",
        "send": "提交回复",
        "received": "回复已收到",
        "thanks": "感谢配合。如需补充，请与发出提醒的生态环境部门联系。",
        "missing": "链接不可用",
        "why": "该链接不存在、已经回复过或者已过期。如需回复，请向发出提醒的生态环境部门索取新的链接。",
        "busy": "访问过于频繁",
        "wait": "请一分钟后再试。",
        "empty": "请填写回复内容。",
        "long": "回复内容不能超过 2000 字。",
        "unfit": "有文件不能接收：只接收照片（JPEG、PNG、WebP、HEIC）和 PDF。",
        "large": "文件过多或者过大。",
        "broken": "提交不完整，请再试一次。",
        "full": "系统暂时不能接收，请稍后再试。",
    },
    "en": {
        "title": "Reminder from the environment bureau",
        "to": "To: {enterprise}",
        "until": "Please reply before {until}. The link takes one reply.",
        "text": "Your reply (cause, what was done)",
        "files": "Proof (photos or PDF, {files} at most, {megabytes} MB together)",
        "send": "Send",
        "received": "Your reply was received",
        "thanks": "Thank you. To add something, contact the bureau that sent the reminder.",
        "missing": "This link cannot be used",
        "why": "It does not exist, was used already, or has expired. Ask the bureau for a new one.",
        "busy": "Too many requests",
        "wait": "Please try again in a minute.",
        "empty": "Please write a reply.",
        "long": "A reply may have 2000 characters at most.",
        "unfit": "A file cannot be taken: photos (JPEG, PNG, WebP, HEIC) and PDF only.",
        "large": "Too many files, or too large.",
        "broken": "Not all of it has come; please try again.",
        "full": "Nothing can be taken at the moment; please try again later.",
    },
}


def language(accepted: str | None) -> str:
    """`en` where a browser names English before Chinese, else `zh`."""
    found = re.search(r"(?:^|[,\s])(zh|en)(?![a-z])", (accepted or "").lower())
    return found[1] if found else "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form's page shows: to whom, what, until when, how much may be sent."""

    enterprise: str
    text: str
    until: str
    files: int
    max_bytes: int


def asking(tongue: str, asked: Asked, fault: str | None = None, written: str = "") -> str:
    """The page with the form; `fault` names what was wrong with a reply, `written` what it said."""
    words = _WORDS[tongue]
    files = words["files"].format(files=asked.files, megabytes=asked.max_bytes // 1_000_000)
    upload = (
        f'<label for="files">{escape(files)}</label>'
        '<input id="files" name="files" type="file" multiple '
        'accept="image/jpeg,image/png,image/webp,image/heic,application/pdf">'
    )
    parts = [
        f"<h1>{escape(words['title'])}</h1>",
        f"<p>{escape(words['to'].format(enterprise=asked.enterprise))}</p>",
        f'<div class="said">{escape(asked.text)}</div>',
        f'<p class="fault" role="alert">{escape(words[fault])}</p>' if fault else "",
        '<form method="post" enctype="multipart/form-data">',
        f'<label for="text">{escape(words["text"])}</label>',
        f'<textarea id="text" name="text" required maxlength="{LONGEST}">{escape(written)}</textarea>',
        upload if asked.files else "",
        f'<button type="submit">{escape(words["send"])}</button></form>',
        f"<p><small>{escape(words['until'].format(until=asked.until))}</small></p>",
    ]
    return _page(tongue, "title", "".join(parts))


def saying(tongue: str, title: str, text: str) -> str:
    """A page that only says something; both are names of texts."""
    words = _WORDS[tongue]
    return _page(tongue, title, f"<h1>{escape(words[title])}</h1><p>{escape(words[text])}</p>")


def _page(tongue: str, title: str, content: str) -> str:
    named = {"zh": "zh-CN", "en": "en"}[tongue]
    return (
        f'<!DOCTYPE html>\n<html lang="{named}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_WORDS[tongue][title])}</title><style>{_CSS}</style></head>"
        f"<body><main>{content}</main></body></html>\n"
    )
