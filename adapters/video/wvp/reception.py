"""From an answer to what is delivered: verdict, events, and the pictures to have of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from adapters.forgetting import forget
from adapters.video.polling import Page
from adapters.video.snapshots import Pictured, Wanted
from adapters.video.wvp import codec
from adapters.video.wvp.alarm import Alarm
from adapters.video.wvp.config import Config
from monitor.adapter import Context
from monitor.event import Event, Kind
from monitor.observation import Frame

_REMEMBERED = 20_000
_PATH = "/api/alarm/list"

_log = structlog.get_logger()


class Reception:
    """Reads answers; whatever they are, they are kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self._told: dict[bytes, None] = {}

    def forget(self) -> None:
        """What was answered before."""
        self._told.clear()

    def read(self, body: bytes, content_type: str, at: datetime) -> codec.Read:
        """What an answer says; whatever it is, it is read."""
        try:
            return codec.page(body, content_type, self._config.clock, self._config.datum, at)
        except Exception as error:  # noqa: BLE001 - else it would be asked for ever without a trace
            _log.error("answer not readable", adapter=self._context.name, error=repr(error))
            return codec.Read(problems={"not-readable": None})

    def page(self, read: codec.Read, body: bytes, at: datetime, more: bool) -> Page:
        """What it comes to; `more`: there are further pages, which are read."""
        fresh = [each for each in read.alarms if each.digest not in self._told]
        for each in fresh:
            self._told[each.digest] = None
        forget(self._told, _REMEMBERED)
        unread = read.rows is None
        seen = [each for each in fresh if not each.of_device]
        delivery = Pictured(
            self._frame(body, at, read, fresh),
            events=tuple(self._event(each, at) for each in seen),
            wanted=tuple(_wanted(each) for each in seen if each.id is not None),
        )
        trouble = f"{_PATH}: {read.refusal or ', '.join(read.problems)}" if unread else None
        return Page(delivery, new=bool(fresh) or unread, last=not more, trouble=trouble)

    def _frame(self, body: bytes, at: datetime, read: codec.Read, fresh: list[Alarm]) -> Frame:
        verdict = "tolerated" if read.problems else "clean"
        if read.rows is None or (read.rows and not read.alarms):
            verdict = "refused"
        return Frame(
            source=self._context.name,
            peer=f"{self._config.url}{_PATH}",
            received_at=at,
            raw=body,
            verdict=verdict,
            problems=tuple(read.problems),
            note=read.refusal or (f"{len(fresh)} alarms" if fresh else "nothing new"),
        )

    def _event(self, alarm: Alarm, received_at: datetime) -> Event:
        backlog = timedelta(seconds=self._config.backlog_seconds)
        return Event(
            key=alarm.key,
            kind=Kind.VIDEO,
            source=alarm.channel,
            label=alarm.type,
            start=alarm.start,
            silence=timedelta(seconds=self._config.silence_seconds),
            place=alarm.place,
            details=alarm.details,
            supplementary=received_at - alarm.start > backlog,
        )


def _wanted(alarm: Alarm) -> Wanted:
    return Wanted(
        event=alarm.key,
        camera=alarm.channel,
        start=alarm.start,
        name=f"{alarm.id}.jpg",
        path=f"/api/alarm/snap/{alarm.id}",
        promised=alarm.pictured,
    )
