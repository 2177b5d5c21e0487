"""Subscriptions: making, changing, testing and ending them. The secret is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.clock import rfc3339
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.store import outbox, webhooks
from monitor.task import InputError
from monitor.tokens import Caller, Right, Role
from monitor.webhook import EVENT_TYPES, TEST_EVENT, Policy, new_secret


def shape(row: Any, desk: Desk) -> dict[str, Any]:
    """The JSON of a subscription, without its secret."""
    failing = row.failing_since
    return {
        "id": row.id,
        "url": row.url,
        "types": row.types,
        "districts": row.districts,
        "state": row.state,
        "created_at": rfc3339(row.created_at, desk.zone),
        "failing_since": rfc3339(failing, desk.zone) if failing else None,
    }


def owner(caller: Caller) -> int | None:
    """Whose subscriptions a caller handles: its own, or everybody's (None) as a bureau's admin."""
    return None if caller.role is Role.ADMIN and not caller.districts else caller.id


def subscribe(
    desk: Desk,
    caller: Caller,
    policy: Policy,
    url: str,
    types: Sequence[str],
    districts: Sequence[str],
) -> dict[str, Any]:
    """Make a subscription; the answer has its secret, this once."""
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        values = _checked(caller, policy, {"url": url, "types": types, "districts": districts})
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


def _checked(caller: Caller, policy: Policy, values: dict[str, Any]) -> dict[str, Any]:
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
    """Change url, types, districts or state of a subscription; enabling it forgives its failures."""
    with desk.transaction(caller, Right.SUBSCRIBE) as work:
        _held(work, hook)
        checked = _checked(caller, policy, values)
        if checked.get("state") == "enabled":
            checked["failing_since"] = None
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
