"""The stable names of what can be wrong with a meter's message, each with what is done about it."""

from __future__ import annotations

from typing import Final

from adapters.mqtt import problems

_SHARED = (
    "message-too-long",
    "empty-message",
    "not-readable",
    "gb18030",
    "undecodable-text",
    "not-json",
    "too-nested",
    "too-many-items",
    "repeated-key",
    "no-report",
    "missing-time",
    "bad-time",
    "implausible-time",
    "no-items",
    "repeated-item",
    "empty-value",
    "not-a-number",
    "number-format",
    "implausible-value",
    "unknown-device",
)

PROBLEMS: Final[dict[str, str]] = {
    **{name: problems.PROBLEMS[name] for name in _SHARED},
    "missing-device": "no number of a meter, or one that cannot be a name; no readings are made",
    "missing-gateway": "meters are known within their gateway, and it is not named; no readings",
    "unknown-kind": "none of the profile's `kinds`; kept, not read",
    "missing-ratio": "secondary values, and neither message nor register has a ratio; empty values",
    "bad-ratio": "a transformers' ratio that is none (0, negative, a text like 400/5); empty values",
}
"""Every problem name that this adapter gives."""
