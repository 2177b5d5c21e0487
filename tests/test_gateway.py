"""A gateway's profile: what it is asked with, and how its answers are taken."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gateway import Gateway, Verdict, is_phone, kept, template_fault, wait_after

JSON = '{"to": ["{phone}"], "say": "【{enterprise}】{text}", "url": "{link}", "{other}": "{"}'
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ['"}, "x": "', "一\r\n二\t\\", "{link}{phone}", "&a=b%20+ ", "\u2028\0"]
)


@settings(max_examples=60)
@given(text=texts, enterprise=texts)
def test_whatever_stands_in_a_text_the_request_stays_the_profiles(
    text: str, enterprise: str
) -> None:
    values = {"phone": "13900000000", "text": text, "enterprise": enterprise, "link": "https://x/y"}
    body = Gateway(url="https://x", body=JSON).content(values)
    assert json.loads(body) == {
        "to": ["13900000000"],
        "say": f"【{enterprise}】{text}",
        "url": "https://x/y",
        "{other}": "{",
    }
    form = Gateway(url="https://x", body="m={phone}&c={text}", form=True).content(values)
    assert parse_qs(form.decode()) == {"m": ["13900000000"], "c": [f"{text} https://x/y"]}


@pytest.mark.parametrize(
    ("status", "answer", "verdict"),
    [
        (200, b'{"result": {"code": 0}}', Verdict.TAKEN),
        (202, b'{"result": {"code": "0"}}', Verdict.TAKEN),
        (200, '{"result": {"code": 0}, "msg": "成功"}'.encode("gbk"), Verdict.TAKEN),
        (200, b'{"result": {"code": 7}}', Verdict.REFUSED),
        (500, b'{"result": {"code": 0}}', Verdict.REFUSED),
        (302, b"", Verdict.REFUSED),
        (200, b'{"result": "0"}', Verdict.UNCLEAR),
        (200, b"<html>", Verdict.UNCLEAR),
        (200, b"[" * 100_000, Verdict.UNCLEAR),
        (200, b"", Verdict.UNCLEAR),
    ],
)
def test_the_answer_says_whether_it_was_taken(status: int, answer: bytes, verdict: Verdict) -> None:
    gateway = Gateway(url="https://x", body="", ok_field="result.code", ok_value="0")
    assert gateway.verdict(status, answer) is verdict
    plain = Gateway(url="https://x", body="").verdict(status, answer)
    assert plain is (Verdict.TAKEN if 200 <= status < 300 else Verdict.REFUSED)


def test_phones_are_known_by_their_form() -> None:
    for good in ("13900000000", "+8613900000000", "0551-60000000", "02000000000", "+85260000000"):
        assert is_phone(good), good
    for bad in ("", "1390000000", "12900000000", "139 0000 0000", "+8612900000000", "１3900000000"):
        assert not is_phone(bad), bad


def test_a_template_that_cannot_work_is_told() -> None:
    assert template_fault(JSON, False) is None
    assert template_fault("m={phone}&c={text}", True) is None
    assert "{text}" in (template_fault('{"a": "{phone}"}', False) or "")
    assert "JSON" in (template_fault('{"a": {phone}, "b": "{text}"}', False) or "")


def test_what_is_kept_can_be_stored_and_is_short() -> None:
    assert kept(200, b"\0\xff" * 400) == "200 " + "\ufffd" * 300
    assert [wait_after(n) is None for n in range(1, 6)] == [False] * 4 + [True]
