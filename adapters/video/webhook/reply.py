"""What a sender is answered: the profile's template, filled from the message. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import JsonValue

from adapters.mqtt import path
from adapters.video.webhook import where
from monitor.adapter import Reply

_ECHO = re.compile(r"\{([^{}]+)\}")
_ECHO_LIMIT = 256

Template = str | dict[str, JsonValue]


def check(template: Template) -> Template:
    """The template itself; ValueError where a path in it is none."""
    if isinstance(template, dict):
        for each in _texts(template):
            echo = _ECHO.fullmatch(each)
            if echo is not None:
                path.parse(echo[1])
    return template


def render(template: Template, message: Any) -> Reply:
    """The answer to a message; null for what the message does not have, or has too long."""
    if isinstance(template, str):
        return Reply(body=template.encode(), content_type="text/plain; charset=utf-8")
    return Reply(body=json.dumps(_filled(template, message)).encode())


def _filled(template: Any, message: Any) -> Any:
    if isinstance(template, dict):
        return {key: _filled(each, message) for key, each in template.items()}
    if isinstance(template, list):
        return [_filled(each, message) for each in template]
    echo = _ECHO.fullmatch(template) if isinstance(template, str) else None
    return template if echo is None else _echo(echo[1], message)


def _echo(text: str, message: Any) -> Any:
    value = path.parse(text).one(where.here(message, message))
    written = where.scalar(value)
    return None if written is None or len(written) > _ECHO_LIMIT else value


def _texts(template: Any) -> list[str]:
    if isinstance(template, dict | list):
        inner = template.values() if isinstance(template, dict) else template
        return [text for each in inner for text in _texts(each)]
    return [template] if isinstance(template, str) else []
