"""The HTTPS calls of Pilot 2: is it there already, where does it go, it is up, the group is up."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from adapters.drone.dji.codec import DEPTH
from adapters.drone.dji.collecting import MISMATCH
from adapters.drone.dji.config import Config
from adapters.drone.dji.keeping import PILOT, Keeping
from adapters.drone.dji.said import Noted, Uploaded, called_back, count, member, text
from adapters.drone.dji.storage import Storage
from adapters.forgetting import forget
from adapters.mqtt import document
from monitor.adapter import Context, Delivery, Pushed, Reply
from monitor.errors import MonitorError
from monitor.observation import Frame
from monitor.survey import Survey

_PATH = re.compile(
    r"(?:media/api/v1/workspaces/(?P<media>[^/]{1,64})/"
    r"(?P<call>fast-upload|files/tiny-fingerprints|upload-callback|group-upload-callback)"
    r"|storage/api/v1/workspaces/(?P<storage>[^/]{1,64})/sts)"
)
_REMEMBERED = 50_000
_MOST_ASKED = 5_000
_ABSENT, _NO_KEY = 1, 2
"""Codes: the file is not there, upload it; no key is to be had."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Call:
    """A call on its way."""

    workspace: str
    body: Any
    delivery: Delivery
    note: Noted


class Pilot:
    """The adapter's door."""

    def __init__(
        self, config: Config, context: Context, keeping: Keeping, storage: Storage
    ) -> None:
        self._config, self._context, self._keeping = config, context, keeping
        self._storage = storage
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        self.max_body = config.max_body
        self._zone = ZoneInfo(config.zone) if config.zone else context.zone
        self._known: dict[tuple[str, str], None] = {}
        """Workspaces and fingerprints of files that are kept; what is forgotten comes again."""
        self._calls: dict[str, Callable[[Call], Awaitable[bytes]]] = {
            "fast-upload": self._is_there,
            "files/tiny-fingerprints": self._are_there,
            "sts": self._sts,
            "upload-callback": self._is_up,
            "group-upload-callback": self._group_is_up,
        }

    async def receive(self, request: Pushed) -> Reply:
        """Keep a call, do what it asks for, answer it. What is not understood is answered as a success,
        but where that would say that a file is here."""
        found, note = _PATH.fullmatch(request.path), Noted()
        name = (found["call"] or "sts") if found else ""
        workspace = (found["media"] or found["storage"]) if found else ""
        body = None
        if name != "sts":
            body = self._document(request.body, note)
        allowed = not self._config.workspaces or workspace in self._config.workspaces
        if found is None:
            note("unknown-call")
        elif not allowed:
            note("other-workspace")
        call = Call(workspace, body, self._delivery(request, name, note), note)
        if found is None:
            answer = await self._kept(call)
        elif not allowed:
            answer = await self._kept(call, _NO_KEY)
        else:
            answer = await self._done(name, call)
        self._context.answered(1)
        return Reply(body=answer)

    async def _done(self, name: str, call: Call) -> bytes:
        try:
            return await self._calls[name](call)
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 - the call is kept, whatever it does to its reader
            _log.error("call not readable", adapter=self._config.name, error=repr(error))
            call.note("not-readable")
            return await self._kept(call, _ABSENT if name == "fast-upload" else 0)

    @staticmethod
    def _document(body: bytes, note: Noted) -> Any:
        try:
            found = document.read(body, DEPTH, note)
        except document.Unreadable as unreadable:
            note(str(unreadable))
            return None
        if not isinstance(found, dict):
            note("not-an-object")
            return None
        return found

    def _delivery(
        self, request: Pushed, name: str, note: Noted, survey: Survey | None = None
    ) -> Delivery:
        problems = tuple(note.names)
        frame = Frame(
            source=self._config.name,
            peer=request.peer,
            received_at=request.received_at,
            raw=request.body,
            verdict="tolerated" if problems else "clean",
            problems=problems,
            note=name or text(request.path, 100),
        )
        return Delivery(frame, survey=survey)

    async def _kept(
        self, call: Call, code: int = 0, data: Any = None, survey: Survey | None = None
    ) -> bytes:
        """The answer, once the call is durable."""
        await self._context.deliver([_noted(call, survey)])
        return _answer(code, data)

    # --- the five ---------------------------------------------------------------------------------

    async def _is_there(self, call: Call) -> bytes:
        known = self._knows(call.workspace, text(member(call.body, "fingerprint"), 64).upper())
        return await self._kept(call, 0 if known else _ABSENT)

    async def _are_there(self, call: Call) -> bytes:
        asked = member(call.body, "tiny_fingerprints")
        given = [text(each, 64) for each in asked[:_MOST_ASKED]] if isinstance(asked, list) else []
        there = [each for each in given if self._knows(call.workspace, each)]
        return await self._kept(call, data={"tiny_fingerprints": there})

    async def _sts(self, call: Call) -> bytes:
        output = await self._storage.output()
        if output is None:
            call.note("no-credentials")
        return await self._kept(call, _NO_KEY if output is None else 0, output)

    async def _is_up(self, call: Call) -> bytes:
        data = {"object_key": text(member(call.body, "object_key"), 1024)}
        file = self._file(call)
        if file is None:
            return await self._kept(call, data=data)
        found = await self._keeping.keep(_noted(call), file, PILOT, text(call.workspace))
        certain = not found.again and MISMATCH not in found.problems
        if found.survey is not None and certain:
            for each in (file.fingerprint, file.tiny_fingerprint):
                self._learn(call.workspace, each)
        return _answer(_ABSENT if found.given_up else 0, data)

    def _file(self, call: Call) -> Uploaded | None:
        return called_back(
            call.body,
            call.workspace,
            prefix=self._config.bucket.prefix,
            zone=self._zone,
            at=call.delivery.frame.received_at,
            note=call.note,
        )

    async def _group_is_up(self, call: Call) -> bytes:
        mission = text(member(call.body, "file_group_id"))
        expected = count(member(call.body, "file_count"), call.note)
        if call.body is not None and not mission:
            call.note("no-mission")
        survey = Survey(mission=mission, expected=expected) if mission and expected else None
        return await self._kept(call, survey=survey)

    # --- what is there ----------------------------------------------------------------------------

    def _knows(self, workspace: str, fingerprint: str) -> bool:
        return bool(fingerprint) and (workspace, fingerprint) in self._known

    def _learn(self, workspace: str, fingerprint: str | None) -> None:
        if fingerprint:
            self._known[workspace, fingerprint] = None
        forget(self._known, _REMEMBERED)


def _noted(call: Call, survey: Survey | None = None) -> Delivery:
    """The delivery with all that was found wrong meanwhile."""
    problems = tuple(call.note.names)
    verdict = "tolerated" if problems else "clean"
    frame = replace(call.delivery.frame, problems=problems, verdict=verdict)
    return replace(call.delivery, frame=frame, survey=survey)


def _answer(code: int, data: Any = None) -> bytes:
    message = "success" if code == 0 else "not there" if code == _ABSENT else "refused"
    return json.dumps({"code": code, "message": message, "data": data or {}}).encode()
