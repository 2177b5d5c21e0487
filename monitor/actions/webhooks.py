"""Subscriptions: making, changing, testing, recovering and ending them. A secret is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.chat import RATES, SIGNING, Format
from monitor.clock import rfc3339
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.store import outbox, recovery, webhooks
from monitor.task import InputError
from monitor.tokens import Caller, Right, Role
from monitor.webhook import (
    EVENT_TYPES,
    TEST_EVENT,
    Old,
    Policy,
    new_secret,
    replaced,
    still_signing,
)

_QUEUED_AT_ONCE = 10_000


def shape(row: Any, desk: Desk) -> dict[str, Any]:
    """The JSON of a subscription, without its secret."""
    failing, old = row.failing_since, still_signing(row.old_secrets, desk.now())
    return {
        "id": row.id,
        "url": row.url,
        "types": row.types,
        "districts": row.districts,
        "format": row.format,
        "rate": row.rate,
        "state": row.state,
        "created_at": rfc3339(row.created_at, desk.zone),
        "failing_since": rfc3339(failing, desk.zone) if failing else None,
        "old_secret_until": _until(old, desk),
    }


def _until(old: Sequence[Old], desk: Desk) -> str | None:
    latest = max((each["until"] for each in old), default=None)
    return rfc3339(datetime.fromtimestamp(latest, UTC), desk.zone) if latest else None


def owner(caller: Caller) -> int | None:
    """Whose subscriptions a caller handles: its own, or everybody's (None) as a bureau's admin."""
    return None if caller.role is Role.ADMIN and not caller.districts else caller.id


def subscribe(desk: Desk, caller: Caller, policy: Policy, values: dict[str, Any]) -> dict[str, Any]:
    """Make a subscription of `url`, `types`, `districts` and what else is given.

    The answer has its secret, this once. A bot without a `rate` has the one that its platform takes.
    """
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        kind = Format(values.get("format", Format.STANDARD))
        values = _checked(caller, policy, {"rate": RATES.get(kind)} | values, kind)
        secret = new_secret()
        row = values | {
            "secret": secret,
            "state": "enabled",
            "created_at": work.at,
            "token": caller.id,
        }
        hook = webhooks.add(work.connection, row)
        work.audit("webhook.create", f"webhook/{hook}", data={"types": values["types"]})
        return _left(work, hook) | {"secret": secret}


def _checked(
    caller: Caller, policy: Policy, values: dict[str, Any], kind: Format
) -> dict[str, Any]:
    """What is to be stored of a subscription that is, or becomes, of a format."""
    checked = dict(values)
    if "url" in values and (fault := policy.fault(values["url"])):
        raise InputError(fault)
    for pattern in values.get("types", ()):
        if not any(fnmatchcase(kind, pattern) for kind in EVENT_TYPES):
            raise InputError(f"types: no event type matches {pattern!r}")
    if "districts" in values:
        wanted = list(values["districts"]) or list(caller.districts)
        if not all(caller.sees(district) for district in wanted):
            raise InputError("districts: only those of the token can be subscribed to")
        checked["districts"] = wanted
    if values.get("bot_secret") and kind not in SIGNING:
        raise InputError(f"bot_secret: only {' and '.join(sorted(SIGNING))} have one")
    if kind not in SIGNING:
        checked["bot_secret"] = None
    return checked


def _find(work: Work, hook: int) -> Any:
    row = webhooks.find(work.connection, hook, owner(work.caller), lock=True)
    if row is None:
        raise NotFound(f"there is no webhook {hook}")
    return row


def _held(work: Work, hook: int) -> Any:
    """The row, locked, and as the caller has seen it."""
    row = _find(work, hook)
    work.seen(fingerprint(shape(row, work.desk)))
    return row


def _left(work: Work, hook: int) -> dict[str, Any]:
    shaped = shape(_find(work, hook), work.desk)
    work.leaves(f"webhooks/{hook}", fingerprint(shaped))
    return shaped


def change(
    desk: Desk, caller: Caller, policy: Policy, hook: int, values: dict[str, Any]
) -> dict[str, Any]:
    """Change a subscription's columns; enabling it forgives its failures."""
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        kind = Format(values.get("format", _held(work, hook).format))
        checked = _checked(caller, policy, values, kind)
        if checked.get("state") == "enabled":
            checked |= {"failing_since": None, "paused_until": None}
        if checked:
            webhooks.change(work.connection, hook, checked)
        work.audit("webhook.change", f"webhook/{hook}", data={"keys": sorted(values)})
        return _left(work, hook)


def remove(desk: Desk, caller: Caller, hook: int) -> None:
    """End a subscription."""
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        _held(work, hook)
        webhooks.remove(work.connection, hook)
        work.audit("webhook.delete", f"webhook/{hook}")


def test(desk: Desk, caller: Caller, hook: int) -> dict[str, Any]:
    """Send a test event through the same way as every other; the answer names it."""
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        if _held(work, hook).state != "enabled":
            raise Conflict(f"webhook {hook} is disabled; enable it first")
        event = outbox.Event(type=TEST_EVENT, at=work.at, district=None, data={"webhook": hook})
        message = outbox.publish_to(work.connection, event, hook)
        work.audit("webhook.test", f"webhook/{hook}")
        return {"id": message, "type": TEST_EVENT}


def rotate(desk: Desk, caller: Caller, keep: timedelta, hook: int) -> dict[str, Any]:
    """Give a subscription a new secret, shown this once; the old one signs beside it for `keep`."""
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        row, secret = _held(work, hook), new_secret()
        old = replaced(row.secret, row.old_secrets, work.at, keep)
        webhooks.change(work.connection, hook, {"secret": secret, "old_secrets": old})
        work.audit("webhook.rotate", f"webhook/{hook}")
        return {"secret": secret, "old_secret_until": _until(still_signing(old, work.at), desk)}


def recover(
    desk: Desk,
    caller: Caller,
    hook: int,
    since: datetime,
    until: datetime | None,
    *,
    delivered_too: bool,
) -> dict[str, Any]:
    """Queue what happened in [since, until) and a subscription was not delivered, under the same ids.

    Some hundred events a transaction, so that nobody waits for it; after some thousand the answer says
    where to go on.
    """
    end, queued = until or desk.now(), 0
    if since >= end:
        raise InputError("since must lie before until, and not in the future")
    reached: recovery.Place | None = (since, 0)
    who = caller
    while reached is not None and queued < _QUEUED_AT_ONCE:
        with desk.transaction(who, Right.SUBSCRIBE) as work:
            row = _held(work, hook)
            if not outbox.in_force(work.connection, work.at, hook):
                raise Conflict(
                    f"webhook {hook} is disabled, or its token has ended; enable it first"
                )
            piece = recovery.queue_again(
                work.connection, row, reached, end, work.at, delivered_too=delivered_too
            )
            queued, reached = queued + piece.queued, piece.reached
            if reached is None or queued >= _QUEUED_AT_ONCE:
                said = {"since": rfc3339(since), "until": rfc3339(end), "queued": queued}
                work.audit("webhook.recover", f"webhook/{hook}", data=said)
        who = replace(caller, exchange=None)  # the request's terms were held to by the first piece
    going_on = rfc3339(reached[0], desk.zone) if reached else None
    return {"queued": queued, "next_since": going_on}
