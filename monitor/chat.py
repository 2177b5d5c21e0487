"""Chat bots of groups (群机器人): what WeCom, DingTalk and Feishu take, sign and answer. Pure.

Sources: WeCom (企业微信) developer.work.weixin.qq.com/document/path/91770, DingTalk (钉钉)
open.dingtalk.com/document/robots/custom-robot-access, Feishu (飞书)
open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from monitor.notice import Notice


class Format(StrEnum):
    """What a subscription is sent."""

    STANDARD = "standard"
    """Standard Webhooks."""
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


RATES = {Format.WECOM: 20, Format.DINGTALK: 20, Format.FEISHU: 100}
"""Messages a minute that the platforms take of a bot; DingTalk blocks for ten minutes above that."""

SIGNING = frozenset({Format.DINGTALK, Format.FEISHU})
"""Bots that may ask for a signature with a secret of theirs (加签, 签名校验)."""

ANSWER_LIMIT = 16_384
"""How much of an answer is looked at, in bytes."""

_TEXT_LIMIT = {Format.WECOM: 4096, Format.DINGTALK: 16_000, Format.FEISHU: 16_000}
"""Bytes of text: WeCom's limit of markdown; DingTalk and Feishu take requests of 20 kB."""


def request(
    kind: Format, url: str, bot_secret: str | None, notice: Notice, seconds: int
) -> tuple[str, bytes]:
    """The URL to call and the bytes to send; `seconds` since 1970 are what a signature is about."""
    if kind is Format.WECOM:
        lines = [f"> {label}：{text}" for label, text in notice.facts]
        content = _text(f"**{notice.title}**", lines, "\n", _markdown_link(notice), kind)
        return url, _json({"msgtype": "markdown", "markdown": {"content": content}})
    if kind is Format.DINGTALK:
        lines = [f"- {label}：{text}" for label, text in notice.facts]
        content = _text(f"#### {notice.title}", lines, "\n\n", _markdown_link(notice), kind)
        body = {"msgtype": "markdown", "markdown": {"title": notice.title, "text": content}}
        return _signed_url(url, bot_secret, seconds * 1000), _json(body)
    card = {"msg_type": "interactive", "card": _card(notice)}
    return url, _json(_feishu_signature(bot_secret, seconds) | card)


def refusal(answer: bytes) -> str | None:
    """Why a bot did not take a message that it answered with 2xx; None if it did.

    All three answer with JSON whose `errcode` (Feishu: `code`, once `StatusCode`) is 0 only then.
    What else they say is not repeated: where a URL leads to something else, that is nobody's business.
    """
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        for name in ("errcode", "code", "StatusCode"):
            code = said.get(name)
            if isinstance(code, int) and not isinstance(code, bool):
                return None if code == 0 else f"the bot refused: {name} {code}"
    return "the answer is not one of a bot"


def _text(title: str, lines: list[str], between: str, link: str | None, kind: Format) -> str:
    """Title, as many lines as there is room for, and the link, which is never cut off."""
    last = between + link if link else ""
    room = _TEXT_LIMIT[kind] - len(last.encode())
    return _cut(between.join([title, *lines]), room) + last


def _cut(text: str, size: int) -> str:
    """At most `size` bytes of UTF-8."""
    raw = text.encode()
    if len(raw) <= size:
        return text
    return raw[: size - len("…".encode())].decode(errors="ignore") + "…"


def _markdown_link(notice: Notice) -> str | None:
    return f"[{notice.link_text}]({notice.link})" if notice.link else None


def _card(notice: Notice) -> dict[str, Any]:
    """Its text is plain, so that nothing in it is a mention or a link."""
    text = "\n".join(f"{label}：{text}" for label, text in notice.facts)
    elements: list[dict[str, Any]] = []
    if text:
        content = _cut(text, _TEXT_LIMIT[Format.FEISHU])
        elements.append({"tag": "div", "text": {"tag": "plain_text", "content": content}})
    if notice.link:
        label = {"tag": "plain_text", "content": notice.link_text}
        button = {"tag": "button", "text": label, "url": notice.link, "type": "default"}
        elements.append({"tag": "action", "actions": [button]})
    title = {"tag": "plain_text", "content": notice.title}
    return {"header": {"title": title}, "elements": elements}


def _signed_url(url: str, secret: str | None, milliseconds: int) -> str:
    if not secret:
        return url
    text = f"{milliseconds}\n{secret}"
    query = urlencode({"timestamp": milliseconds, "sign": _hmac(secret, text)})
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _feishu_signature(secret: str | None, seconds: int) -> dict[str, str]:
    """Feishu takes what others sign for the key, and signs nothing with it."""
    if not secret:
        return {}
    return {"timestamp": str(seconds), "sign": _hmac(f"{seconds}\n{secret}", "")}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
