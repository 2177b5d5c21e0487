"""Where enterprises reply to reminders: pages for people, without a token, by a secret link."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from monitor.actions import reminders as actions
from monitor.actions.attachments import Said, plain_name
from monitor.api import bodies, reminder_shapes
from monitor.api import reply_page as page
from monitor.api.auth import Tools
from monitor.api.problems import CutOff
from monitor.api.route import operation_id
from monitor.api.services import Services
from monitor.errors import MediaError, MediaTooLarge, NotFound, StoreError, UnfitMedia

PATH = re.compile(r"/reply/[^/]+")
"""Where bodies are larger than elsewhere."""

_TAKEN = ("image/", "application/pdf")
_FAULTS: tuple[tuple[type[Exception], int, str], ...] = (
    (UnfitMedia, 415, "unfit"),
    (MediaTooLarge, 413, "large"),
    (MediaError, 507, "full"),
    (StoreError, 503, "full"),
    (CutOff, 400, "broken"),
    (HTTPException, 400, "broken"),
)
"""What may be wrong with a reply: the status and the text that tell of it."""


def _tongue(accept_language: Annotated[str | None, Header()] = None) -> str:
    return page.language(accept_language)


Token = Annotated[str, Path(max_length=200)]
Tongue = Annotated[str, Depends(_tongue)]
_PAGES: dict[int | str, dict[str, Any]] = {
    404: {"description": "The link is unknown, used or expired: a page that says so"},
    429: {"description": "Too many requests of one address"},
}

routes = APIRouter(
    tags=["reply"],
    default_response_class=HTMLResponse,
    responses=_PAGES,
    generate_unique_id_function=operation_id,
)


@routes.get("/reply/{token}")
def get_reply_page(request: Request, tools: Tools, token: Token, tongue: Tongue) -> HTMLResponse:
    """What the reminder says, and the form to reply."""
    if not _may_ask(request, tools):
        return _busy(tongue)
    try:
        row = actions.of_link(tools.desk, token)
    except NotFound:
        return _missing(tongue)
    return _html(200, page.asking(tongue, _asked(tools, row)))


@routes.post("/reply/{token}", openapi_extra=reminder_shapes.FORM)
async def send_reply(request: Request, tools: Tools, token: Token, tongue: Tongue) -> HTMLResponse:
    """Take the reply, once. What is wrong with one is said on the form, and the link stays good."""
    if not _may_ask(request, tools):
        return _busy(tongue)
    desk = tools.desk
    try:
        row = await run_in_threadpool(actions.of_link, desk, token)
    except NotFound:
        return _missing(tongue)
    written = ""
    limits = {"max_files": desk.reminding.files, "max_bytes": desk.reminding.max_bytes}
    try:
        async with bodies.form(request, desk.media, **limits) as form:
            written = _plain(form.fields.get("text", ""))
            if not written or len(written) > page.LONGEST:
                fault = "long" if written else "empty"
                return _html(422, page.asking(tongue, _asked(tools, row), fault, written))
            origin = request.client.host if request.client else None
            await run_in_threadpool(_take, tools, token, origin, written, form)
    except NotFound:  # another reply was faster
        return _missing(tongue)
    except tuple(kind for kind, _, _ in _FAULTS) as error:
        status, fault = next((s, f) for kind, s, f in _FAULTS if isinstance(error, kind))
        return _html(status, page.asking(tongue, _asked(tools, row), fault, written))
    return _html(200, page.saying(tongue, "received", "thanks"))


def _take(tools: Services, token: str, origin: str | None, written: str, form: bodies.Form) -> None:
    files = []
    for each in form.files:
        found = tools.desk.media.examine(each.draft.path, each.sha256)
        if not found.type.startswith(_TAKEN):
            raise UnfitMedia("only pictures and PDF come with a reply")
        files.append((found, Said(name=plain_name(each.name))))
    actions.answer(tools.desk, token, origin, written, files)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _may_ask(request: Request, tools: Services) -> bool:
    return tools.throttle.visits(request.client.host if request.client else None)


def _html(status: int, content: str) -> HTMLResponse:
    return HTMLResponse(content, status, page.HEADERS)


def _missing(tongue: str) -> HTMLResponse:
    return _html(404, page.saying(tongue, "missing", "why"))


def _busy(tongue: str) -> HTMLResponse:
    answer = _html(429, page.saying(tongue, "busy", "wait"))
    answer.headers["Retry-After"] = "60"
    return answer


def _asked(tools: Services, row: Any) -> page.Asked:
    until = row.expires_at.astimezone(tools.desk.zone)
    return page.Asked(
        enterprise=row.enterprise,
        text=row.text,
        until=f"{until:%Y-%m-%d %H:%M}",
        files=tools.desk.reminding.files,
        max_bytes=tools.desk.reminding.max_bytes,
    )
