"""The form by which the desk records a complaint (信访举报登记): one page, nothing from outside.

The token, and what is written, are held by the page alone until they are sent; nothing is stored in the
browser. Whatever is not a text of this module is escaped. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape

_CSS = """
*{box-sizing:border-box}
body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#222;
max-width:720px;margin:0 auto;padding:20px 16px}
h1{font-size:22px;margin:0 0 8px}
fieldset{border:1px solid #bbb;border-radius:4px;margin:16px 0}
label{display:block;font-weight:600;margin:10px 0 2px}
input,select,textarea{width:100%;font:inherit;padding:6px;border:1px solid #888;border-radius:4px}
textarea{min-height:8em}
button{width:100%;margin-top:12px;padding:10px;font:inherit;font-weight:600;color:#fff;
background:#1f5a96;border:0;border-radius:4px}
#said{white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f5f9;padding:8px 12px}
small{color:#555}
"""

_SCRIPT = """
'use strict';
const form = document.querySelector('form'), said = document.querySelector('#said');
const words = JSON.parse(document.querySelector('#words').textContent);
const value = name => form.elements[name].value.trim();
const button = form.querySelector('button');
let sent = {};  // sent again after a lost answer it is the same request, and recorded once
const keyOf = text => {
  const numbers = crypto.getRandomValues(new Uint32Array(4));
  if (sent.text !== text) sent = {text, key: Array.from(numbers, n => n.toString(36)).join('-')};
  return sent.key;
};
form.addEventListener('submit', async event => {
  event.preventDefault();
  const body = {channel: value('channel'), text: value('text'),
    received_at: new Date(value('received_at')).toISOString()};
  for (const name of ['reference', 'uscc', 'district'])
    if (value(name)) body[name] = value(name);
  if (value('longitude') && value('latitude'))
    body.place = {longitude: Number(value('longitude')), latitude: Number(value('latitude'))};
  const reporter = {};
  for (const name of ['name', 'phone', 'address'])
    if (value(name)) reporter[name] = value(name);
  if (Object.keys(reporter).length) body.reporter = reporter;
  said.textContent = words.sending;
  button.disabled = true;
  const text = JSON.stringify(body);
  try {
    const answer = await fetch('../complaints', {method: 'POST', body: text,
      headers: {'Authorization': 'Bearer ' + value('token'), 'Content-Type': 'application/json',
        'Idempotency-Key': keyOf(text)}});
    const told = await answer.json();
    if (!answer.ok) { said.textContent = words.fault + told.detail; return; }
    said.textContent = (answer.status === 201 ? words.recorded : words.known)
      .replace('{id}', told.id).replace('{task}', told.task ?? '–');
    const token = value('token');
    form.reset();
    form.elements.token.value = token;
    sent = {};
  } catch { said.textContent = words.away; } finally { button.disabled = false; }
});
"""


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_hash(_CSS)}'; "
    f"script-src 'sha256-{_hash(_SCRIPT)}'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Language",
}
"""Nothing but this page's own script runs, and it may call nobody but us."""

_WORDS = {
    "zh": {
        "title": "信访举报登记",
        "token": "访问令牌（不保存）",
        "channel": "渠道",
        "reference": "渠道编号",
        "received_at": "收到时间",
        "where": "被举报对象：填企业，或填地点（WGS-84）",
        "uscc": "统一社会信用代码",
        "longitude": "经度",
        "latitude": "纬度",
        "district": "县区（地点不属于任何企业时）",
        "text": "举报内容",
        "who": "举报人（匿名可不填；加密单独保存，不出现在任何列表、通知和导出中）",
        "name": "姓名",
        "phone": "电话",
        "address": "地址",
        "send": "登记",
        "sending": "正在提交…",
        "recorded": "已登记：举报 {id}，现场核查任务 {task}。",
        "known": "该渠道编号此前已登记：举报 {id}，现场核查任务 {task}。",
        "fault": "未登记：",
        "away": "无法连接，请稍后再试；内容仍在页面上。",
    },
    "en": {
        "title": "Record a complaint",
        "token": "Access token (not kept)",
        "channel": "Channel",
        "reference": "The channel's number",
        "received_at": "Received at",
        "where": "About whom: an enterprise, or a place (WGS-84)",
        "uscc": "Unified social credit code",
        "longitude": "Longitude",
        "latitude": "Latitude",
        "district": "District (of a place that is nobody's)",
        "text": "What is complained of",
        "who": "Reporter (empty: anonymous; kept sealed and apart, in no list, message or export)",
        "name": "Name",
        "phone": "Phone",
        "address": "Address",
        "send": "Record",
        "sending": "Sending…",
        "recorded": "Recorded: complaint {id}, verification task {task}.",
        "known": "This number was recorded before: complaint {id}, verification task {task}.",
        "fault": "Not recorded: ",
        "away": "No connection; try again later. What you wrote is still here.",
    },
}


def form(tongue: str, channels: Mapping[str, str]) -> str:
    """The page in a language, with the channels that there are."""
    words = _WORDS[tongue]
    options = "".join(
        f'<option value="{escape(code)}">{escape(called)}</option>'
        for code, called in channels.items()
    )
    about, who = ("uscc", "longitude", "latitude", "district"), ("name", "phone", "address")
    text = escape(words["text"])
    parts = [
        _input(words, "token", 'type="password" required'),
        f'<label for="channel">{escape(words["channel"])}</label>',
        f'<select id="channel" name="channel" required>{options}</select>',
        _input(words, "reference", 'maxlength="100"'),
        _input(words, "received_at", 'type="datetime-local" required'),
        _group(words, "where", about),
        f'<label for="text">{text}</label>',
        '<textarea id="text" name="text" required maxlength="10000"></textarea>',
        _group(words, "who", who),
        f'<button type="submit">{escape(words["send"])}</button>',
    ]
    told = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    named = {"zh": "zh-CN", "en": "en"}[tongue]
    title = escape(words["title"])
    return (
        f'<!DOCTYPE html>\n<html lang="{named}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_CSS}</style></head><body><main><h1>{title}</h1>"
        f'<form autocomplete="off">{"".join(parts)}</form><p id="said" role="status"></p></main>'
        f'<script id="words" type="application/json">{told}</script>'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _group(words: Mapping[str, str], name: str, fields: tuple[str, ...]) -> str:
    inside = "".join(_input(words, field, 'maxlength="200"') for field in fields)
    return f"<fieldset><legend>{escape(words[name])}</legend>{inside}</fieldset>"


def _input(words: Mapping[str, str], name: str, more: str) -> str:
    return (
        f'<label for="{name}">{escape(words[name])}</label>'
        f'<input id="{name}" name="{name}" autocomplete="off" {more}>'
    )
