"""Reminding enterprises (提醒帮扶) by a link to be passed on, and taking their replies.

The link is given to who made the reminder. Where there is a gateway and the enterprise has a contact, it
is sent to that one as well (`monitor.actions.messages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from monitor import reminder
from monitor.actions.attachments import Said, keep
from monitor.actions.desk import Desk, Work
from monitor.actions.messages import pass_on
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.media import Examined, kind_of
from monitor.store import alerts, attachments, messages, reminders, views
from monitor.task import InputError
from monitor.tokens import Caller, Right, Role, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an enterprise is told, and because of which alert."""

    uscc: str
    enterprise: str
    district: str
    text: str
    alert: int | None = None

    @classmethod
    def of_alert(cls, row: Any, text: str | None) -> Told:
        """The reminder that an alert's row leads to; without a text the alert's own sentence."""
        return cls(
            uscc=row.uscc,
            enterprise=row.enterprise,
            district=row.district,
            text=text or alerts.whole_reason(row),
            alert=row.id,
        )


def remind(
    desk: Desk, caller: Caller, uscc: str, text: str, alert_id: int | None = None
) -> dict[str, Any]:
    """A reminder by hand; its JSON with the link, this once."""
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        enterprise = work.books.enterprise(uscc)
        if enterprise is None or not caller.sees(enterprise.district):
            raise NotFound(f"there is no enterprise {uscc}")
        if alert_id is not None:
            row = views.alert_row(work.connection, caller.districts, alert_id, lock=True)
            if row is None:
                raise NotFound(f"there is no alert {alert_id}")
            if row.uscc != uscc:
                raise InputError(f"alert {alert_id} is not of enterprise {uscc}")
        told = Told(
            uscc=uscc,
            enterprise=enterprise.name,
            district=enterprise.district,
            text=text,
            alert=alert_id,
        )
        made = add(work, told)
        _tell(work, alert_id)
        return entered(work, made)


@dataclass(frozen=True, slots=True)
class Made:
    """A reminder that was entered, and the token of its link."""

    id: int
    token: str
    told: Told


def add(work: Work, told: Told) -> Made:
    """Enter a reminder inside a transaction. `entered` goes last, since it locks the audit trail."""
    token = reminder.new_token()
    values = asdict(told) | _link_columns(work, token)
    there = reminders.without_link(work.connection, told.alert) if told.alert else None
    if there is not None:  # it was recorded by itself, and is given its link now
        reminders.change(work.connection, there, values)
        number = there
    else:
        by = {"created_by": work.caller.name, "created_at": work.at}
        number = reminders.add(work.connection, values | by)
    _pass_on(work, number, told, token)
    return Made(number, token, told)


def _pass_on(work: Work, number: int, told: Any, token: str) -> None:
    """`told`: a `Told` or the reminder's row."""
    values = {name: getattr(told, name) for name in ("uscc", "enterprise", "district", "text")}
    pass_on(work, number, values, work.desk.reminding.link(token))


def entered(work: Work, made: Made) -> dict[str, Any]:
    """Audit a reminder; its JSON with the link, this once."""
    told = made.told
    said = {"uscc": told.uscc} | ({"alert": told.alert} if told.alert is not None else {})
    work.audit("reminder.create", f"reminder/{made.id}", data=said)
    return _with_link(work, made.id, made.token)


def _link_columns(work: Work, token: str) -> dict[str, Any]:
    lifetime = work.desk.reminding.lifetime
    return {"token_hash": digest(token), "expires_at": work.at + lifetime}


def _with_link(work: Work, number: int, token: str) -> dict[str, Any]:
    return _shape(work, number) | {"link": work.desk.reminding.link(token)}


def renew(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A new link for a reminder that was not answered; the one before is void."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = reminders.find(work.connection, number, caller.districts, lock=True)
        if row is None:
            raise NotFound(f"there is no reminder {number}")
        work.seen(fingerprint(_shape(work, number)))
        if row.answered_at is not None:
            raise Conflict(f"reminder {number} was answered already")
        token = reminder.new_token()
        reminders.change(work.connection, number, _link_columns(work, token))
        _pass_on(work, number, row, token)
        work.audit("reminder.renew", f"reminder/{number}")
        return _with_link(work, number, token)


def of_link(desk: Desk, token: str) -> Any:
    """The row of the reminder behind a link; NotFound alike for one unknown, used or expired."""
    with desk.store.read() as connection:
        row = reminders.by_token(connection, digest(token), desk.now())
    if row is None:
        raise NotFound("there is no such link")
    return row


def answer(
    desk: Desk, token: str, origin: str | None, text: str, files: Sequence[tuple[Examined, Said]]
) -> None:
    """An enterprise's reply, once, with its proof; NotFound like `of_link`."""
    name = f"reminder/{of_link(desk, token).id}"
    caller = Caller(id=None, name=name, role=Role.FEEDER, origin=origin)
    unlike = {found.sha256: (desk.media.secure(found), about) for found, about in files}
    with desk.transaction(caller, Right.FEED) as work:
        row = reminders.by_token(work.connection, digest(token), work.at)
        if row is None:
            raise NotFound("there is no such link")
        reminders.change(work.connection, row.id, {"answered_at": work.at, "reply": text})
        messages.give_up_links(work.connection, row.id)
        for _, (found, about) in sorted(unlike.items()):
            _prove(work, row, found, about)
        said = {"attachments": sorted(unlike)}
        _tell(work, row.alert)
        work.audit("reminder.answer", f"reminder/{row.id}", data=said)


def _prove(work: Work, row: Any, found: Examined, about: Said) -> None:
    keep(work, found)
    attachments.add(
        work.connection,
        {
            "reminder": row.id,
            "sha256": found.sha256,
            "name": about.name,
            "kind": kind_of(found.type).value,
            "by": row.enterprise,
            "at": work.at,
        },
    )


def _tell(work: Work, alert_id: int | None) -> None:
    """Tell those who listen to the alert, if there is one: they see the reminder's state in it."""
    if alert_id is None:
        return
    if not alerts.quiet(alerts.get(work.connection, alert_id)):
        alerts.announce(work.connection, alert_id, "alert.updated", work.at, work.desk.zone)


def _shape(work: Work, number: int) -> dict[str, Any]:
    row = reminders.find(work.connection, number, work.caller.districts)
    assert row is not None, "it was looked up or entered before"
    return shapes(work.desk, work.connection, [row])[0]


def shapes(desk: Desk, connection: Any, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The JSON of reminders' rows with what was attached to the replies."""
    proofs = attachments.of_reminders(connection, [row.id for row in rows])
    return [
        reminders.shape(row, desk.zone, desk.now())
        | {"attachments": [attachments.shape(each, desk.zone) for each in proofs[row.id]]}
        for row in rows
    ]
