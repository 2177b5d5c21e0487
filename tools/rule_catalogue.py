"""Writes docs/rules.md: a page for every rule with thresholds, from the rules themselves.

python tools/rule_catalogue.py > docs/rules.md
"""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import fields
from typing import Any

from monitor.alert import Policy
from monitor.observation import Period
from monitor.rules import TUNED_RULES, CurveRule, PowerRule

_HEAD = """# Rules over curves (曲线规则)

What a good inspector sees in the hours of an outlet, and in the power that a line draws
([`power.md`](power.md)). Each rule is one file in `monitor/rules/`, a pure
function; what it says of an hour or a day rests on that and on what was before, never on what came after.
A finding is a clue: by default a person looks first (`screen`), some only remind (`remind`). Outcomes are
set in `[detection.rules]`, thresholds in `[detection.thresholds.<rule>]`. How well they do on synthetic
outlets: [`detection.md`](detection.md); what becomes of their alerts: [`screening.md`](screening.md).

This page is made from the rules (`make rules`); a test holds it to them.
"""
_EVERY = {Period.HOUR: "every hour / 每小时", Period.DAY: "every civil day / 每日"}


def page(rule: CurveRule[Any] | PowerRule[Any]) -> str:
    """A rule's section, in both languages."""
    lines = [
        f"## `{rule.name}` {rule.title['zh']} ({rule.title['en']})",
        rule.ground["zh"] + "。",
        _sentence(rule.ground["en"]),
        f"* judges / 判断: {_EVERY[rule.period]}; outcome / 处理: `{Policy().rules[rule.name]}`; "
        f"looks back / 回看: {rule.lookback(rule.thresholds)} h",
        f"* ground / 依据: {rule.clause}",
        _table(rule),
    ]
    return "\n\n".join([lines[0], lines[1], lines[2], "\n".join(lines[3:5]), lines[5]])


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _table(rule: CurveRule[Any] | PowerRule[Any]) -> str:
    texts = _docstrings(type(rule.thresholds))
    rows = [
        f"| `{each.name}` | {getattr(rule.thresholds, each.name):g} | {texts[each.name]} |"
        for each in fields(rule.thresholds)
    ]
    return "\n".join(["| threshold | default | what it is |", "| --- | --- | --- |", *rows])


def _docstrings(kind: type) -> dict[str, str]:
    """The texts below a class's fields."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(tree, ast.ClassDef), "the source of a class"
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(field.target, ast.Name), "a field of a dataclass"
            found[field.target.id] = " ".join(ast.literal_eval(text.value).split())
    return found


def catalogue() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(page(rule) + "\n" for rule in TUNED_RULES.values())])


if __name__ == "__main__":
    sys.stdout.write(catalogue())
