"""Tokens: made, listed and revoked, by the command line or an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from monitor.actions.desk import Desk
from monitor.clock import rfc3339
from monitor.errors import NotFound
from monitor.store import tokens
from monitor.tokens import Caller, Right, Role, digest, new_token


def create(
    desk: Desk,
    caller: Caller,
    name: str,
    role: Role,
    districts: Sequence[str] = (),
    expires_on: date | None = None,
) -> tuple[int, str]:
    """A new token's id and its text, which is shown this once; no districts = all of them."""
    text = new_token()
    with desk.transaction(caller, Right.MANAGE) as work:
        token = tokens.add(
            work.connection,
            name=name,
            role=role.value,
            districts=list(dict.fromkeys(districts)),
            digest=digest(text),
            at=work.at,
            expires_on=expires_on,
        )
        said = {"name": name, "role": role.value, "districts": list(districts)}
        work.audit("token.create", f"token/{token}", data=said)
    return token, text


def revoke(desk: Desk, caller: Caller, token: int) -> None:
    """End a token, and the subscriptions made with it; NotFound if there is none in force."""
    with desk.transaction(caller, Right.MANAGE) as work:
        if not tokens.revoke(work.connection, token, work.at):
            raise NotFound(f"there is no token {token} that is not revoked already")
        work.audit("token.revoke", f"token/{token}")


def listed(desk: Desk, caller: Caller) -> list[dict[str, Any]]:
    """Every token, without what it is known by."""
    caller.require(Right.MANAGE)
    with desk.store.read() as connection:
        rows = tokens.listed(connection)
    return [
        {
            "id": row.id,
            "name": row.name,
            "role": row.role,
            "districts": row.districts,
            "created_at": rfc3339(row.created_at, desk.zone),
            "expires_on": row.expires_on.isoformat() if row.expires_on else None,
            "revoked_at": rfc3339(row.revoked_at, desk.zone) if row.revoked_at else None,
            "last_used_at": rfc3339(row.last_used_at, desk.zone) if row.last_used_at else None,
        }
        for row in rows
    ]
