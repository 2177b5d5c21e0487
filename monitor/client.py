"""A typed client of the API, for an officers' app or a dashboard in Python.

    from monitor.client import Client

    with Client("http://127.0.0.1:8080", "omt_…") as bureau:
        for task in bureau.tasks(state="queued"):
            claimed = bureau.claim(task.id, device="phone-7")

Answers are the models of the OpenAPI document. An error is a `ProblemError` with its stable `name`. What
was lost on the way is sent again, with the same `Idempotency-Key` where it creates something.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel

from monitor.api import alert_shapes, schemas, shapes, webhook_shapes
from monitor.api.problems import URN
from monitor.errors import MonitorError

Answer = TypeVar("Answer", bound=BaseModel)

_LONGEST_WAIT = 30
_TRIES, _PAUSE = 3, 0.5
_PASSING = frozenset({429, 503})


class ProblemError(MonitorError):
    """An answer that is a problem: `name` (`conflict`, `lease-lost` …) is stable, `detail` is text."""

    def __init__(self, status: int, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.status, self.name, self.detail = status, name, detail


class Client:
    """One token's view of the API; not for several threads at once."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 10,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` without `/api/v1`; `timeout` in seconds, beyond what a long poll waits."""
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connection."""
        self._http.close()

    # --- the queue ----------------------------------------------------------------------------

    def tasks(self, **filters: Any) -> Iterator[schemas.Task]:
        """Every task that the filters (`state`, `district`, `priority`, `attention` …) match, most
        urgent first."""
        cursor = None
        while True:
            page = self._get(schemas.TaskPage, "/tasks", params=filters | _given(cursor=cursor))
            yield from page.items
            if (cursor := page.next) is None:
                return

    def wait_for_tasks(self, seconds: int = _LONGEST_WAIT, **filters: Any) -> list[schemas.Task]:
        """The first page of the queue, as soon as it has something, at most so many seconds later."""
        page = self._get(schemas.TaskPage, "/tasks", params=filters, wait=seconds)
        return page.items

    def task(self, task: int) -> schemas.TaskDetail:
        """One task, with the links to its evidence."""
        return self._get(schemas.TaskDetail, f"/tasks/{task}")

    def queue(self, body: schemas.NewTask) -> schemas.Task:
        """Queue a task by hand."""
        return self._post(schemas.Task, "/tasks", body, keyed=True)

    def claim(self, task: int, device: str | None = None) -> schemas.Claimed:
        """Take a task; the answer has the lease that later steps need."""
        return self._post(schemas.Claimed, f"/tasks/{task}/claim", schemas.ClaimBody(device=device))

    def renew(self, task: int, lease: str) -> schemas.Claimed:
        """Begin the lease's length anew."""
        return self._post(schemas.Claimed, f"/tasks/{task}/renew", schemas.LeaseBody(lease=lease))

    def complete(self, task: int, body: schemas.CompleteBody) -> schemas.Task:
        """Report a verification."""
        return self._post(schemas.Task, f"/tasks/{task}/complete", body, keyed=True)

    def step(self, task: int, name: str, **body: Any) -> schemas.Task:
        """Any other step by its name: `release`, `return`, `transfer`, `extend`, `close` …"""
        answer = self._send("POST", f"/tasks/{task}/{name}", json=body)
        return schemas.Task.model_validate(answer.json())

    def changes(
        self, cursor: str | None = None, seconds: int = _LONGEST_WAIT
    ) -> schemas.ChangePage:
        """What changed behind a cursor; keep `next` and come back with it. Waits for something new."""
        return self._get(
            schemas.ChangePage, "/tasks/changes", params=_given(cursor=cursor), wait=seconds
        )

    # --- alerts and events --------------------------------------------------------------------

    def alerts(self, **filters: Any) -> alert_shapes.AlertPage:
        """A page of alerts, newest first."""
        return self._get(alert_shapes.AlertPage, "/alerts", params=filters)

    def events(self, cursor: str | None = None, seconds: int = _LONGEST_WAIT) -> shapes.EventPage:
        """Every event behind a cursor, like `changes`."""
        return self._get(shapes.EventPage, "/events", params=_given(cursor=cursor), wait=seconds)

    def subscribe(self, body: webhook_shapes.SubscribeBody) -> webhook_shapes.NewWebhook:
        """Have events sent to a URL; the answer has the secret, this once."""
        return self._post(webhook_shapes.NewWebhook, "/webhooks", body, keyed=True)

    # --- underneath ---------------------------------------------------------------------------

    def _get(
        self, kind: type[Answer], path: str, params: dict[str, Any] | None = None, wait: int = 0
    ) -> Answer:
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        answer = self._send(
            "GET", path, params=params, headers=headers, timeout=self._timeout + wait
        )
        return kind.model_validate(answer.json())

    def _post(
        self, kind: type[Answer], path: str, body: BaseModel, *, keyed: bool = False
    ) -> Answer:
        headers = {"Idempotency-Key": uuid.uuid4().hex} if keyed else {}
        sent = body.model_dump(mode="json", exclude_none=True)
        answer = self._send("POST", path, json=sent, headers=headers)
        return kind.model_validate(answer.json())

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send, again where the way or the service failed for a moment and nothing can double."""
        safe = method == "GET" or "Idempotency-Key" in more.get("headers", {})
        for tries_left in reversed(range(_TRIES)):
            try:
                answer = self._http.request(method, path, **more)
            except httpx.TransportError:
                if not (safe and tries_left):
                    raise
            else:
                if answer.is_success:
                    return answer
                fault = _problem(answer)
                passing = fault.status in _PASSING or fault.name == "idempotency-running"
                if not (safe and tries_left and passing):
                    raise fault
                pause = answer.headers.get("retry-after", "")
                time.sleep(min(int(pause), _LONGEST_WAIT) if pause.isdigit() else 0)
            time.sleep(_PAUSE)
        raise AssertionError("the last try returns or raises")


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _problem(answer: httpx.Response) -> ProblemError:
    try:
        body = answer.json()
        return ProblemError(answer.status_code, body["type"].removeprefix(URN), body["detail"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ProblemError(answer.status_code, "unknown", answer.text[:200])
