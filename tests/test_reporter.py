"""Reporters of complaints: taken out of texts, sealed to one complaint and one master secret."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.reporter import SOMEBODY, redacted, seal, unseal

letters = st.characters(categories=("Lo", "Lu", "Ll"))
WHO = {"name": "示例张三", "phone": "+86 138-0000-0000", "age": 35, "more": {"wechat": "Shili-99"}}


@pytest.mark.parametrize(
    "written",
    [
        *("示例张三", "示例 张 三", "示例·张三", "shili-99", "ＳＨＩＬＩ 99"),
        *("13800000000", "138 0000 0000", "+86-138-0000-0000", "１３８００００００００"),
    ],
)
def test_however_it_is_written(written: str) -> None:
    after = redacted(f"昨晚{written}看见冒烟", WHO)
    assert after in (f"昨晚{SOMEBODY}看见冒烟", f"昨晚+86-{SOMEBODY}看见冒烟")


def test_what_names_nobody_stays() -> None:
    text = "35 mg/m3，持续 3 小时，示例路附近"
    assert redacted(text, WHO) == text
    assert redacted(text, {}) == text


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(letters, min_size=2, max_size=12))
def test_no_text_that_a_name_was_put_into_holds_it(before: str, after: str, name: str) -> None:
    left = redacted(before + name + after, {"name": name})
    assert name not in left.replace(SOMEBODY, "\0")


def test_a_seal_is_opened_for_its_complaint_and_with_its_secret() -> None:
    sealed = seal(7, WHO, "原文", "a master secret")
    assert "示例张三".encode() not in sealed
    assert unseal(7, sealed, "a master secret") == {"reporter": WHO, "text": "原文"}
    for number, secret in ((8, "a master secret"), (7, "another secret")):
        with pytest.raises(ValueError, match="stored with another"):
            unseal(number, sealed, secret)
    with pytest.raises(ValueError, match="stored with another"):
        unseal(7, b"\x02" + sealed[1:], "a master secret")
