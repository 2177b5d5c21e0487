"""What is written on alerts and in tasks' histories when evidence changes, in both languages. Pure."""

from __future__ import annotations


def gone(merged: int, language: str) -> str:
    """What is added to an alert's reason whose findings are another's (its number) or nothing's (0)."""
    if language == "zh":
        return (
            f"（已并入报警 {merged}）" if merged else "（所依据的限值或数据已更正、标记，不再成立）"
        )
    if merged:
        return f" (now part of alert {merged})"
    return " (no longer holds: its limit or data was corrected or marked)"


DIFFERS = {
    "zh": "报警 {alert} 的依据有变：{reason}",
    "en": "what alert {alert} rests on has changed: {reason}",
}
MARKED = {
    "zh": "报警 {alert} 有 {periods} 个时段已标记为“{item}”，不再作为判定依据；"
    "任务不自动撤销，由主管决定",
    "en": "{periods} periods of alert {alert} are marked “{item}” now and are judged no more; the task "
    "stays until a supervisor decides",
}
UPHELD = {
    "zh": "报警 {alert} 支持本任务：{reason}",
    "en": "alert {alert} stands behind this task: {reason}",
}
FALLEN = {
    "zh": "本任务已无成立的报警支持，可由主管撤销：{reason}",
    "en": "no alert stands behind this task any more; a supervisor may withdraw it: {reason}",
}
