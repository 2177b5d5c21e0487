"""What chats are told: in both languages, inert, within limits; and how bots' answers are taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor import notice as words
from monitor.alert import Outcome
from monitor.chat import Format, refusal, request
from monitor.notice import Notice, notice
from monitor.task import Result, State, Trigger
from monitor.webhook import EVENT_TYPES, TEST_EVENT

BOTS = [kind for kind in Format if kind is not Format.STANDARD]
AT = 1_790_000_000
LINK = "https://monitor.example.org/api/v1/alerts/5"


def alert(**values: Any) -> dict[str, Any]:
    found = {
        "enterprise": {"uscc": "91990000MATEXT0012", "name": "示例一厂", "district": "示例区"},
        "outlet": "7E57000000000000000000",
        "pollutant": "a21026",
        "start": "2026-11-20T15:00:00+08:00",
        "end": "2026-11-20T16:00:00+08:00",
        "reason": "二氧化硫小时均值（折算）70 mg/m3，超过限值 35 mg/m3",
        "outcome": "verify",
        "screening": None,
    } | values
    return {"alert": found, "links": {"alert": "/api/v1/alerts/5"}}


def sent(kind: Format, said: Notice, secret: str | None = None) -> tuple[str, Any]:
    url, body = request(kind, "https://bot.example.org/send?key=k", secret, said, AT)
    assert len(body) < 20_000
    return url, json.loads(body)


def text_of(kind: Format, body: Any) -> str:
    """All that people read of a message."""
    if kind is Format.WECOM:
        assert body["msgtype"] == "markdown"
        return str(body["markdown"]["content"])
    if kind is Format.DINGTALK:
        assert body["msgtype"] == "markdown"
        assert body["markdown"]["title"]
        return str(body["markdown"]["text"])
    assert body["msg_type"] == "interactive"
    return json.dumps(body["card"], ensure_ascii=False)


def test_both_languages_have_words_for_everything() -> None:
    wanted = {*EVENT_TYPES, TEST_EVENT, *Trigger, *State, *Result, *Outcome, "dismiss"}
    zh, en = words._WORDS["zh"], words._WORDS["en"]
    assert zh.keys() == en.keys()
    assert wanted <= zh.keys()


@pytest.mark.parametrize("kind", BOTS)
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "zh",
            [
                "新报警",
                "企业：示例一厂（示例区）",
                "污染物：二氧化硫",
                "2026-11-20 15:00 – ",
                "现场核查",
            ],
        ),
        ("en", ["New alert", "Enterprise：示例一厂", "Pollutant：SO2", "verify on site"]),
    ],
)
def test_a_message_says_what_where_and_when(
    kind: Format, language: str, expected: list[str]
) -> None:
    said = notice("alert.opened", alert(), language, "https://monitor.example.org")
    text = text_of(kind, sent(kind, said)[1])
    for part in [*expected, LINK]:
        assert part.lower() in text.lower()


@pytest.mark.parametrize("kind", BOTS)
def test_without_a_public_address_there_is_no_link(kind: Format) -> None:
    text = text_of(kind, sent(kind, notice("alert.opened", alert(), "zh", ""))[1])
    assert "/api/v1" not in text


@pytest.mark.parametrize("kind", BOTS)
def test_what_others_wrote_is_no_link_and_calls_nobody(kind: Format) -> None:
    wrote = "看 [这里](https://evil.example) <@all> <at id=all></at>\n# 大标题 `x` **y**\x00\u202e"
    said = notice("alert.opened", alert(reason=wrote), "zh", "")
    text = text_of(kind, sent(kind, said)[1])
    for active in ("[这里]", "<@all>", "<at", "`", "**y", "\n# ", "\x00", "\u202e"):
        assert active not in text


@pytest.mark.parametrize("kind", BOTS)
def test_a_message_that_is_too_long_is_cut_and_keeps_its_link(kind: Format) -> None:
    long = "长" * 5000
    name = {"uscc": "9", "name": long, "district": long}
    data = alert(reason=long, enterprise=name, outlet=long, pollutant=long)
    data["alert"]["screening"] = {"verdict": "verify", "reason": long}
    said = notice("alert.screened", data, "zh", "https://monitor.example.org")
    text = text_of(kind, sent(kind, said)[1])
    assert LINK in text
    if kind is Format.WECOM:
        assert len(text.encode()) <= 4096


def test_dingtalk_is_signed_in_the_query() -> None:
    url, _ = sent(Format.DINGTALK, notice(TEST_EVENT, {"webhook": 3}, "zh", ""), "SEC示例")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["timestamp"] == str(AT * 1000)
    signed = hmac.new("SEC示例".encode(), f"{AT}000\nSEC示例".encode(), hashlib.sha256)
    assert base64.b64decode(query["sign"]) == signed.digest()
    assert query["key"] == "k"


def test_feishu_is_signed_in_the_body() -> None:
    url, body = sent(Format.FEISHU, notice(TEST_EVENT, {"webhook": 3}, "zh", ""), "示例")
    assert body["timestamp"] == str(AT)
    signed = hmac.new(f"{AT}\n示例".encode(), b"", hashlib.sha256)
    assert base64.b64decode(body["sign"]) == signed.digest()
    assert url == "https://bot.example.org/send?key=k"


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b'{"errcode":0,"errmsg":"ok"}', None),
        (b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}', None),
        (b'{"StatusCode":0,"StatusMessage":"success"}', None),
        (b'{"errcode":45009,"errmsg":"api freq out of limit"}', "errcode 45009"),
        (b'{"errcode":130101,"errmsg":"send too fast"}', "errcode 130101"),
        (b'{"code":9499,"msg":"too many request","data":{}}', "code 9499"),
        (b'{"code":19021,"StatusCode":0}', "code 19021"),
        (b'{"errcode":"0"}', "not one of a bot"),
        (b'{"errcode":false}', "not one of a bot"),
        (b"[0]", "not one of a bot"),
        (b"<html>log in</html>", "not one of a bot"),
        (b"[" * 10_000, "not one of a bot"),
        (b"\xff", "not one of a bot"),
        (b"", "not one of a bot"),
    ],
)
def test_only_a_zero_means_that_a_bot_took_it(answer: bytes, refused: str | None) -> None:
    said = refusal(answer)
    assert said is None if refused is None else refused in (said or "")
