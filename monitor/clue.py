"""Clues (线索): what eyes report, as the alerts that they are made into. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.event import Event, Kind
from monitor.placing import Location, Placed

RULES: Mapping[Kind, str] = {
    Kind.VIDEO: "video-event",
    Kind.DRONE: "drone-finding",
    Kind.REMOTE: "hotspot",
}
"""The rule under which an eye's reports are alerts."""

NAMES = tuple(RULES.values())

_CLAUSE = {
    "zh": "线索，须经现场核查认定",
    "en": "a clue: only an on-site verification establishes anything",
}
_SEEN = {
    Kind.VIDEO: {"zh": "视频（{source}）报告“{label}”", "en": "video ({source}) reports “{label}”"},
    Kind.DRONE: {
        "zh": "无人机（{source}）发现“{label}”",
        "en": "a drone ({source}) found “{label}”",
    },
    Kind.REMOTE: {
        "zh": "卫星遥感（{source}）发现“{label}”",
        "en": "remote sensing ({source}) shows “{label}”",
    },
}
_SURE = {"zh": "，置信度 {confidence:.0%}", "en": ", confidence {confidence:.0%}"}
_WHERE = {
    Placed.CAMERA: {
        "zh": "；按摄像机登记归属",
        "en": "; whose it is: by the camera in the register",
    },
    Placed.INSIDE: {"zh": "；位置在该企业边界内", "en": "; the place is within its boundary"},
    Placed.ACCURACY: {
        "zh": "；位置在定位误差内与该企业边界相接",
        "en": "; the place touches its boundary within the accuracy of the position",
    },
    Placed.LEE: {
        "zh": "；位于该企业边界下风向（{distance:.0f} 米），上风向仅此一家",
        "en": "; it is on the lee side of its boundary ({distance:.0f} m), and upwind is no other",
    },
    Placed.NEAR: {
        "zh": "；不能归属任何企业，最近的是{enterprise}（{distance:.0f} 米）",
        "en": "; it is nobody's; the nearest is {enterprise} ({distance:.0f} m)",
    },
    Placed.NOWHERE: {
        "zh": "；位置不明，摄像机未登记",
        "en": "; its place is not known, the camera is not in the register",
    },
}


def clause(language: str) -> str:
    """What stands where a rule names its clause."""
    return _CLAUSE[language]


def reason(event: Event, location: Location, language: str) -> str:
    """The sentence on the alert: who saw what, how sure it is, and whose it is by what."""
    text = _SEEN[event.kind][language].format(source=event.source, label=event.label)
    if event.confidence is not None:
        text += _SURE[language].format(confidence=event.confidence)
    nearest = location.enterprise.name if location.enterprise else ""
    where = _WHERE[location.placed][language]
    return text + where.format(enterprise=nearest, distance=location.distance or 0)
