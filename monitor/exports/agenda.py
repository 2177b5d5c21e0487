"""Due dates as a calendar (iCalendar, RFC 5545), for the calendar on an officer's phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event

MEDIA_TYPE = "text/calendar"
_AGAIN = timedelta(hours=1)
_WARN = timedelta(hours=2)

_WORDS = {
    "zh": {
        "name": "现场核查任务",
        "due": "现场核查任务 {id} 到期（优先级 {priority}）",
        "file_case": "任务 {id}：决定是否立案",
        "decide_case": "任务 {id}：作出处罚决定",
        "correct": "任务 {id}：整改期限",
        "recheck": "任务 {id}：复查",
    },
    "en": {
        "name": "On-site verification",
        "due": "on-site verification {id} is due (priority {priority})",
        "file_case": "task {id}: decide whether to file a case",
        "decide_case": "task {id}: decide the penalty",
        "correct": "task {id}: correction is due",
        "recheck": "task {id}: re-check",
    },
}


def calendar(
    tasks: Iterable[Mapping[str, Any]], at: datetime, language: str, *, details: bool
) -> bytes:
    """An event for every open task's due time and for what is still owed after a report.

    Without `details` neither enterprises nor reasons are named: the link may lie on a private phone.
    """
    words = _WORDS[language]
    made = Calendar()
    made.add("prodid", "-//offsite-monitor//tasks//")
    made.add("version", "2.0")
    made.add("x-wr-calname", words["name"])
    made.add("refresh-interval", _AGAIN, parameters={"VALUE": "DURATION"})
    for task in tasks:
        for event in _events(task, words, details=details):
            event.add("dtstamp", at)
            event.add("sequence", task["version"])
            made.add_component(event)
    return bytes(made.to_ical())


def _events(task: Mapping[str, Any], words: Mapping[str, str], *, details: bool) -> list[Event]:
    found = []
    if task["state"] in ("queued", "claimed"):
        event = _event(task, "due", words, details=details)
        # in UTC: an offset without a name is no time zone in RFC 5545, and would be dropped
        event.add("dtstart", datetime.fromisoformat(task["due_at"]).astimezone(UTC))
        event.add_component(_alarm(words["due"].format(**task)))
        found.append(event)
    for owed in task["follow_ups"]:
        if owed["done_on"] is None:
            event = _event(task, owed["kind"], words, details=details)
            event.add("dtstart", date.fromisoformat(owed["due_on"]))
            found.append(event)
    return found


def _event(task: Mapping[str, Any], kind: str, words: Mapping[str, str], *, details: bool) -> Event:
    event = Event()
    event.add("uid", f"task-{task['id']}-{kind}@offsite-monitor")
    title = words[kind].format(**task)
    if details and task["enterprise"]:
        title = f"{title} {task['enterprise']['name']}"
    event.add("summary", title)
    if details:
        event.add("description", task["reason"])
    return event


def _alarm(text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", -_WARN)
    return alarm
