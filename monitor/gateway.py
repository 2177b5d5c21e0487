"""The gateway by which messages reach enterprises (短信或即时通讯网关), and how they fare. Pure.

A gateway is whatever takes a text for a phone over HTTP; a profile of the configuration says how it
wants to be asked and by what in its answer a message was taken. Guidance and reminders come before
anybody goes there (提醒帮扶, 环办执法〔2025〕4号).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus

PLACEHOLDERS = ("phone", "text", "enterprise", "link")
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120))
"""How long to wait after the first, second, … failure; after one more the message has failed."""

_PLACEHOLDER = re.compile("{(" + "|".join(PLACEHOLDERS) + ")}")
_ANSWER = 300
_PHONE = re.compile(r"(\+86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\+(?!86)[1-9]\d{6,14}", re.ASCII)


class State(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    SENT = "sent"
    """The gateway has taken it; whether the phone has it is not known here."""
    FAILED = "failed"


class Verdict(StrEnum):
    """What an answer says of the message."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    """2xx, and what should say more cannot be read: it may have been taken."""


def is_phone(text: str) -> bool:
    """Whether this has the form of a phone: mobile, landline with its area, or abroad (`+…`)."""
    return _PHONE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway's profile; `url` and headers may hold secrets and are not shown."""

    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str
    form: bool = False
    """Whether the body is a form; otherwise JSON."""
    ok_field: str = ""
    """Where in the answer's JSON it is said, with dots into objects; empty: any 2xx is good."""
    ok_value: str = ""

    def content(self, values: Mapping[str, str]) -> bytes:
        """The request's body with `PLACEHOLDERS` filled in, each escaped for where it stands.

        A link that the template has no place for follows the text.
        """
        if values["link"] and "{link}" not in self.body:
            values = {**values, "text": f"{values['text']} {values['link']}"}
        escape = quote_plus if self.form else _in_json
        return _PLACEHOLDER.sub(lambda found: escape(values[found[1]]), self.body).encode()

    def request_headers(self) -> dict[str, str]:
        """The headers of a request; the profile's go before the usual ones."""
        kind = "application/x-www-form-urlencoded" if self.form else "application/json"
        usual = {"content-type": kind, "accept-encoding": "identity"}
        return usual | {name.lower(): value for name, value in self.headers.items()}

    def verdict(self, status: int, answer: bytes) -> Verdict:
        """What an answer says of the message."""
        if not 200 <= status < 300:
            return Verdict.REFUSED
        if not self.ok_field:
            return Verdict.TAKEN
        try:
            found: Any = json.loads(answer.decode("utf-8", "replace"))
            for key in self.ok_field.split("."):
                found = found[key]
        except (ValueError, KeyError, TypeError, RecursionError):
            return Verdict.UNCLEAR
        said = found if isinstance(found, str) else json.dumps(found)
        return Verdict.TAKEN if said == self.ok_value else Verdict.REFUSED


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def template_fault(body: str, form: bool) -> str | None:
    """What is wrong with a body's template."""
    missing = [f"{{{name}}}" for name in ("phone", "text") if f"{{{name}}}" not in body]
    if missing:
        return f"it has no place for {' and '.join(missing)}"
    if form:
        return None
    try:
        json.loads(_PLACEHOLDER.sub("x", body))
    except (ValueError, RecursionError):
        return 'filled in it is no JSON; placeholders stand in quotes, such as "{phone}"'
    return None


def kept(status: int, answer: bytes) -> str:
    """What is kept of an answer: its status and how it begins, as characters that can be stored."""
    text = answer.decode("utf-8", "replace").replace("\0", "\ufffd")
    return f"{status} {text[:_ANSWER]}".rstrip()


def wait_after(failures: int) -> timedelta | None:
    """How long to wait after the n-th failure (from 1); None: that was the last try."""
    return WAITS[failures - 1] if failures <= len(WAITS) else None
