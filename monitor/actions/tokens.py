"""Tokens: made, listed and revoked, by the command line or an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.store import Connection, Row, tokens
from monitor.task import InputError
from monitor.tokens import RIGHTS, Caller, Right, Role, digest, new_token

_NOT_PEOPLE = (SYSTEM.name, "command line")
"""Who acts in the audit trail without a token."""


def create(
    desk: Desk,
    caller: Caller,
    name: str,
    role: Role,
    districts: Sequence[str] = (),
    expires_on: date | None = None,
) -> tuple[int, str]:
    """A new token's id and its text, which is shown this once; no districts = all of the caller's.

    Its name stands for a person on tasks and in the audit trail: of those in force no two have one.
    """
    shaped, text = made(desk, caller, name, role, districts, expires_on)
    return shaped["id"], text


def made(
    desk: Desk,
    caller: Caller,
    name: str,
    role: Role,
    districts: Sequence[str] = (),
    expires_on: date | None = None,
) -> tuple[dict[str, Any], str]:
    """The same, with the token's JSON."""
    text = new_token()
    with desk.transaction(caller, Right.MANAGE) as work:
        reach = _reach(caller, role, districts)
        if expires_on is not None and expires_on < civil_date(work.at, desk.zone):
            raise InputError("expires_on is past")
        require_free(work, name)
        row = {
            "kind": "token",
            "name": name,
            "role": role.value,
            "districts": reach,
            "hash": digest(text),
            "created_at": work.at,
            "expires_on": expires_on,
        }
        token = tokens.add(work.connection, row)
        said = {"name": name, "role": role.value, "districts": reach}
        work.audit("token.create", f"token/{token}", data=said)
        return _left(work, token), text


def require_free(work: Work, name: str, *, but: int | None = None) -> None:
    """Raise Conflict if somebody in force, other than token `but`, has a name already."""
    if name in _NOT_PEOPLE:
        raise InputError(f"{name} is not a name to be given: it stands for who has no token")
    tokens.lock_names(work.connection)
    taken = tokens.holder(work.connection, name, work.at, civil_date(work.at, work.desk.zone))
    if taken is not None and taken.id != but:
        raise Conflict(f"token {taken.id} is {name}'s: revoke it first, or take another name")


def _reach(caller: Caller, role: Role, districts: Sequence[str]) -> list[str]:
    """The districts of a new token: nobody gives away more than he has."""
    if not RIGHTS[role] <= RIGHTS[caller.role]:
        raise Forbidden(f"a token of role {caller.role} may not make one of role {role}")
    wanted = list(dict.fromkeys(districts)) or list(caller.districts)
    if not all(caller.sees(district) for district in wanted):
        raise InputError("districts: only those of the token that asks can be given")
    return wanted


def revoke(desk: Desk, caller: Caller, token: int) -> dict[str, Any]:
    """End a token, and the subscriptions made with it; NotFound if there is none in force.

    Of a person it ends the sessions, and what the provider has issued until now.
    """
    with desk.transaction(caller, Right.MANAGE) as work:
        row = _find(work.connection, caller, token, lock=True)
        work.seen(tag(shape(row, desk, work.at)))
        if not tokens.revoke(work.connection, token, work.at):
            raise NotFound(f"there is no token {token} that is not revoked already")
        work.audit("token.revoke", f"token/{token}")
        return _left(work, token)


def listed(
    desk: Desk,
    caller: Caller,
    *,
    in_force: bool | None = None,
    limit: int | None = None,
    after: int = 0,
) -> list[dict[str, Any]]:
    """Tokens within reach, oldest first, without what they are known by."""
    caller.require(Right.MANAGE)
    with desk.store.read() as connection:
        rows = tokens.listed(connection, after)
    at = desk.now()
    shapes = [shape(row, desk, at) for row in rows if _within(caller, row)]
    return [one for one in shapes if in_force in (None, one["in_force"])][:limit]


def one(desk: Desk, caller: Caller, token: int) -> dict[str, Any]:
    """A token within reach."""
    caller.require(Right.MANAGE)
    with desk.store.read() as connection:
        return shape(_find(connection, caller, token), desk, desk.now())


def _find(connection: Connection, caller: Caller, token: int, *, lock: bool = False) -> Row[Any]:
    row = tokens.get(connection, token, lock=lock)
    if row is None or not _within(caller, row):
        raise NotFound(f"there is no token {token}")
    return row


def _within(caller: Caller, row: Row[Any]) -> bool:
    """Whether all that a token reaches is within the caller's reach."""
    return not caller.districts or (row.districts != [] and all(map(caller.sees, row.districts)))


def _left(work: Work, token: int) -> dict[str, Any]:
    shaped = shape(_find(work.connection, work.caller, token), work.desk, work.at)
    work.leaves(f"tokens/{token}", tag(shaped))
    return shaped


def tag(shaped: dict[str, Any]) -> str:
    """The ETag of a token: that it was used makes it no other."""
    return fingerprint({name: v for name, v in shaped.items() if not name.startswith("last_used")})


def shape(row: Row[Any], desk: Desk, at: datetime) -> dict[str, Any]:
    """The JSON of a token, without what it is known by."""

    def time(when: datetime | None) -> str | None:
        return rfc3339(when, desk.zone) if when else None

    last_day = row.expires_on is not None and row.expires_on < civil_date(at, desk.zone)
    over = last_day or (row.expires_at is not None and row.expires_at <= at)
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "role": row.role,
        "districts": row.districts,
        "person": row.person,
        "in_force": row.revoked_at is None and not over,
        "created_at": time(row.created_at),
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        "expires_at": time(row.expires_at),
        "revoked_at": time(row.revoked_at),
        "last_used_at": time(row.last_used_at),
        "last_used_from": row.last_used_from,
    }
