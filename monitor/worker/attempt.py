"""One attempt: what is sent to a subscription, and how its answer is taken."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import structlog

from monitor import chat
from monitor.chat import Format
from monitor.clock import rfc3339
from monitor.notice import notice
from monitor.store.webhooks import Due
from monitor.transport import RefusedError
from monitor.webhook import Conditions, signatures

log = structlog.get_logger("webhooks")

_BODY_LIMIT = 20_000
_LONGEST_RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: an HTTP status, or the fault that prevented one, or both."""

    status: int | None = None
    error: str | None = None
    wait: timedelta | None = None
    """What `Retry-After` asked for."""
    refused: bool = False

    @property
    def delivered(self) -> bool:
        """Only 2xx is success, and of a bot only what it says it took."""
        return self.error is None and self.status is not None and 200 <= self.status < 300


def body_of(due: Due, zone: tzinfo) -> bytes:
    """The bytes of an event, the same at every attempt; data too long is replaced by its links."""
    envelope = {"type": due.type, "timestamp": rfc3339(due.at, zone), "data": due.data}
    body = _json(envelope)
    if len(body) < _BODY_LIMIT:
        return body
    links = due.data.get("links", {})
    return _json(envelope | {"data": {"links": links, "truncated": True}})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def asked_to_wait(header: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` says, in seconds or as a date; at most a day, None if it is nonsense."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        seconds = min(int(header.strip()[:9]), int(_LONGEST_RETRY_AFTER.total_seconds()))
        return timedelta(seconds=seconds)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), _LONGEST_RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends deliveries, each once, within a deadline in seconds."""

    zone: tzinfo
    conditions: Conditions
    deadline: float

    async def send(self, http: httpx.AsyncClient, due: Due, at: datetime) -> Outcome:
        """Send a delivery as of `at`; every fault is an outcome."""
        try:
            url, body, headers = self._request(due, int(at.timestamp()))
            async with (
                asyncio.timeout(self.deadline),
                http.stream("POST", url, content=body, headers=headers) as response,
            ):
                asked = asked_to_wait(response.headers.get("retry-after"), at)
                error = await _refusal(response) if due.format is not Format.STANDARD else None
                return Outcome(status=response.status_code, error=error, wait=asked)
        except TimeoutError:
            return Outcome(error="no answer in time")
        except RefusedError as error:
            return Outcome(error=str(error), refused=True)
        except httpx.TimeoutException as error:
            return Outcome(error=f"no answer in time ({type(error).__name__})")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(error=type(error).__name__)
        except Exception as error:
            log.exception("attempt broke", webhook=due.webhook)
            return Outcome(error=type(error).__name__)

    def _request(self, due: Due, seconds: int) -> tuple[str, bytes, dict[str, str]]:
        """URL, body and headers; the headers of the standard go to bots too, who pass over them."""
        if due.format is Format.STANDARD:
            url, body, more = due.url, body_of(due, self.zone), {}
        else:
            said = notice(due.type, due.data, self.conditions.language, self.conditions.public_url)
            url, body = chat.request(due.format, due.url, due.bot_secret, said, seconds)
            more = {"Accept-Encoding": "identity"}
        return (
            url,
            body,
            more
            | {
                "Content-Type": "application/json",
                "webhook-id": due.message,
                "webhook-timestamp": str(seconds),
                "webhook-signature": signatures(due.secrets, due.message, seconds, body),
            },
        )


async def _refusal(response: httpx.Response) -> str | None:
    """What a bot says in the beginning of its answer; others' answers are not read at all: nobody
    needs them, and they may have no end.
    """
    if not response.is_success:
        return None
    answer = b""
    async for chunk in response.aiter_raw():
        answer += chunk
        if len(answer) > chat.ANSWER_LIMIT:
            break
    return chat.refusal(answer)
