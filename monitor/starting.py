"""The start condition of a visit (启动条件): why somebody goes, as it is written down then. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from monitor.task import Trigger


class Kind(StrEnum):
    """Which of the conditions of the procedure was met (docs/screening.md)."""

    RULE = "rule"
    """What a rule found asks for a visit by itself."""
    CORROBORATED = "corroborated"
    """An independent source has borne out what a rule found."""
    SCREENED = "screened"
    """A person has looked at it."""
    MANUAL = "manual"
    """A person has ordered it."""
    COMPLAINT = "complaint"
    """Somebody has complained."""


_TEXT = {
    "zh": {
        Kind.RULE: "报警 {alert} 达到现场核查条件：按处置规程，“{rule}”直接转现场核查。{reason}",
        Kind.CORROBORATED: "报警 {alert} 经独立来源互证，达到现场核查条件。{reason}",
        Kind.SCREENED: "报警 {alert}（{rule}）经 {by} 研判，转现场核查：{said}",
        Kind.MANUAL: "由 {by} 下达：{said}",
        Kind.COMPLAINT: "信访投诉须现场核查：{said}",
    },
    "en": {
        Kind.RULE: "alert {alert} meets the condition for a visit: by the procedure “{rule}” is verified "
        "on site. {reason}",
        Kind.CORROBORATED: "alert {alert} is borne out by an independent source, which meets the "
        "condition for a visit. {reason}",
        Kind.SCREENED: "alert {alert} ({rule}) was screened by {by}, who sends somebody: {said}",
        Kind.MANUAL: "ordered by {by}: {said}",
        Kind.COMPLAINT: "a complaint is verified on site: {said}",
    },
}


def of_alert(row: Any, language: str) -> dict[str, Any]:
    """Why an alert (its row) asks for a visit by itself."""
    reason = str(row.reason) + (row.lifted or "")
    if row.rule == "complaint":
        kind = Kind.COMPLAINT
    else:
        kind = Kind.RULE if row.own_outcome is None else Kind.CORROBORATED
    return _said(kind, row, language, reason=reason, said=reason)


def of_screening(row: Any, by: str, said: str, language: str) -> dict[str, Any]:
    """Why somebody goes whom a screener sends because of an alert."""
    return _said(Kind.SCREENED, row, language, by=by, said=said)


def of_order(trigger: Trigger, by: str, said: str, language: str) -> dict[str, Any]:
    """Why somebody goes who was ordered to."""
    kind = Kind.COMPLAINT if trigger is Trigger.COMPLAINT else Kind.MANUAL
    return _said(kind, None, language, by=by, said=said)


def _said(kind: Kind, row: Any, language: str, **words: str) -> dict[str, Any]:
    alert, rule = (row.id, row.rule) if row is not None else (None, None)
    text = _TEXT[language][kind].format(alert=alert, rule=rule, **words)
    return {"kind": kind.value, "rule": rule, "alert": alert, "text": text}
