"""People of the provider (OIDC): admitted by what it says of them, and their sessions here.

A person is a row beside the tokens, which gives a number and a name that nobody else has; webhooks and
limits are by it. A session is a token of ours for some hours, with role and districts as of the login.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk, Work
from monitor.actions.tokens import require_free, shape
from monitor.clock import civil_date
from monitor.errors import Conflict, Forbidden
from monitor.oidc.claims import Person
from monitor.oidc.provider import Refused
from monitor.store import Row, tokens
from monitor.task import InputError
from monitor.tokens import Caller, Right, digest, new_token

MOST_SESSIONS = 10
"""Of one person at a time; the oldest gives way."""


def admit(desk: Desk, person: Person, origin: str | None) -> Caller:
    """The caller that a person is. Raises Refused where what was issued has been revoked since,
    Forbidden where the name is somebody else's.
    """
    at = desk.now()
    with desk.store.read() as connection:
        row = tokens.person(connection, _known_by(person))
    if row is None or not _as_known(row, person):
        with desk.transaction(_system(origin), Right.MANAGE) as work:
            row = _entered(work, person)
    elif tokens.use_is_stale(row, at):
        with desk.store.write() as connection:
            tokens.note_use(connection, row.id, at, origin)
    return Caller(
        id=row.id, name=row.name, role=person.role, districts=person.districts, origin=origin
    )


def log_in(
    desk: Desk, person: Person, lasting: timedelta, origin: str | None
) -> tuple[dict[str, Any], str]:
    """A session of a person: its JSON, and its token, which is shown this once."""
    text = new_token()
    with desk.transaction(_system(origin, person.name), Right.MANAGE) as work:
        row = _entered(work, person)
        going_on = tokens.sessions(work.connection, row.id, work.at)
        for old in going_on[: max(0, len(going_on) + 1 - MOST_SESSIONS)]:
            tokens.revoke(work.connection, old.id, work.at)
        session = {
            "kind": "session",
            "name": row.name,
            "role": person.role.value,
            "districts": list(person.districts),
            "hash": digest(text),
            "person": row.id,
            "created_at": work.at,
            "expires_at": work.at + lasting,
            "last_used_from": origin,
        }
        number = tokens.add(work.connection, session)
        work.audit("session.create", f"token/{number}", data={"person": row.id})
        made = tokens.get(work.connection, number)
        assert made is not None, "entered a moment ago"
        return shape(made, desk, work.at), text


def log_out(desk: Desk, caller: Caller, token: str) -> None:
    """End a session of the caller's by its token. Raises Conflict for what is none."""
    with desk.transaction(caller, Right.READ) as work:
        day = civil_date(work.at, desk.zone)
        row = tokens.find(work.connection, digest(token), work.at, day)
        if row is None or row.kind != "session":
            raise Conflict("this is not a session: an administrator revokes tokens")
        tokens.revoke(work.connection, row.id, work.at)
        work.audit("session.end", f"token/{row.id}")


def _system(origin: str | None, name: str = SYSTEM.name) -> Caller:
    return Caller(id=None, name=name, role=SYSTEM.role, origin=origin)


def _known_by(person: Person) -> str:
    return hashlib.sha256(f"{person.issuer}\n{person.subject}".encode()).hexdigest()


def _said(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "role": person.role.value,
        "districts": list(person.districts),
        "revoked_at": None,
    }


def _as_known(row: Row[Any], person: Person) -> bool:
    return all(getattr(row, name) == value for name, value in _said(person).items())


def _entered(work: Work, person: Person) -> Row[Any]:
    """The person's row as the provider now says, entered or changed where it is not."""
    tokens.lock_names(work.connection)  # of several first requests at once one enters the person
    row = tokens.person(work.connection, _known_by(person), lock=True)
    if row is not None and row.revoked_at is not None and person.issued_at <= row.revoked_at:
        raise Refused("this was revoked; log in again")
    if row is not None and _as_known(row, person):
        return row
    try:
        require_free(work, person.name, but=row.id if row else None)
    except (Conflict, InputError):
        raise Forbidden(f"another is named {person.name} here; ask an administrator") from None
    said = _said(person)
    if row is None:
        about = {"kind": "person", "hash": _known_by(person), "created_at": work.at}
        number = tokens.add(work.connection, about | said)
    else:
        number = row.id
        tokens.change(work.connection, number, said)
        # sessions and webhooks are of who somebody was: another name, role or reach begins anew
        tokens.end_dependants(work.connection, number, work.at)
    told = {name: said[name] for name in ("name", "role", "districts")}
    work.audit("person.admit" if row is None else "person.change", f"token/{number}", data=told)
    found = tokens.get(work.connection, number)
    assert found is not None, "entered a moment ago"
    return found
