"""Why a condition holds, fails or is not known, in the clerk's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Said = Literal[
    "stated", "no-outlet", "silent", "reporting", "violation", "no-violation",
    "case", "no-case", "breach", "breach-open", "no-breach",
    "exceeded", "exceeded-open", "within-limits", "checked", "unchecked",
    "nothing-barred", "industry-unknown", "industry-barred", "industry-free",
    "barred", "not-barred", "not-known",
]  # fmt: skip

_SENTENCES: Mapping[Said, tuple[str, str]] = {
    "stated": ("{by} 说明：{words}", "{by} states: {words}"),
    "no-outlet": ("档案中没有登记排口", "no outlet is registered"),
    "silent": (
        "{days} 天内没有排口上传数据（共 {all} 个）",
        "none of its {all} outlets has reported within {days} days",
    ),
    "reporting": (
        "{days} 天内 {count}/{all} 个排口上传了数据",
        "{count} of its {all} outlets have reported within {days} days",
    ),
    "violation": (
        "{months} 个月内 {count} 次现场核查确认违法",
        "{count} on-site verifications within {months} months confirmed a violation",
    ),
    "no-violation": (
        "{months} 个月内没有现场核查确认的违法",
        "no on-site verification within {months} months confirmed a violation",
    ),
    "case": ("{months} 个月内立案 {count} 件", "{count} cases within {months} months"),
    "no-case": ("{months} 个月内没有立案", "no case within {months} months"),
    "breach": (
        "{months} 个月内核实违反应急减排要求",
        "a breach of an emergency order within {months} months was confirmed",
    ),
    "breach-open": (
        "{months} 个月内有疑似违反应急减排要求，尚未核实",
        "suspected breaches of emergency orders within {months} months are not verified yet",
    ),
    "no-breach": (
        "{months} 个月内没有违反应急减排要求",
        "no breach of an emergency order within {months} months",
    ),
    "exceeded": (
        "{days} 天内核实超标 {count} 次",
        "{count} exceedances within {days} days were confirmed",
    ),
    "exceeded-open": (
        "{days} 天内有超标报警 {count} 起，尚未核实",
        "{count} exceedances within {days} days are not verified yet",
    ),
    "within-limits": ("{days} 天内没有超标报警", "no exceedance within {days} days"),
    "checked": (
        "{months} 个月内经现场核查，未发现违法",
        "verified on site within {months} months, and nothing was found",
    ),
    "unchecked": (
        "{months} 个月内没有未发现违法的现场核查，也没有联网上传数据",
        "neither verified on site without a finding within {months} months nor reporting",
    ),
    "nothing-barred": ("没有配置禁止纳入的行业", "no industry is barred by the configuration"),
    "industry-unknown": ("档案中没有填写行业", "the register does not name its industry"),
    "industry-barred": (
        "行业“{industry}”属于禁止纳入的“{word}”",
        "its industry ({industry}) is a barred one ({word})",
    ),
    "industry-free": (
        "行业“{industry}”不在禁止纳入之列",
        "its industry ({industry}) is not barred",
    ),
    "barred": ("{until} 前不得再次纳入", "barred from coming back until {until}"),
    "not-barred": ("没有再次纳入的限制", "not barred from coming back"),
    "not-known": (
        "本系统不掌握，请核对后说明",
        "not known here; look it up and state it",
    ),
}


def sentence(said: Said, language: str, values: Mapping[str, object]) -> str:
    """The sentence in a language, its `{…}` filled."""
    return _SENTENCES[said][0 if language == "zh" else 1].format(**values)
