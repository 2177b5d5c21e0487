"""Proposals for the positive list in the store, and publications of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, update

from monitor.positive import ListChange, ProposalState
from monitor.store.database import insert as insert_unless
from monitor.store.scope import within
from monitor.store.tables import (
    enterprises,
    listing_proposals,
    listing_publications,
    positive_list,
    published_listings,
    tasks,
)

_P = listing_proposals.c
_OWNED = and_(enterprises.c.uscc == _P.uscc, enterprises.c.superseded_at.is_(None))
_VIOLATION = ("confirmed", "partly_confirmed")


def _rows(reach: Sequence[str]) -> Select[Any]:
    return (
        select(listing_proposals, enterprises.c.name, enterprises.c.district)
        .outerjoin(enterprises, _OWNED)
        .where(within(enterprises.c.district, reach))
    )


def add(connection: Connection, values: Mapping[str, Any]) -> int | None:
    """Enter a proposal; its number, or None where one of its kind is open (or its task's was made)."""
    statement = insert_unless(connection, listing_proposals).values(dict(values))
    statement = statement.on_conflict_do_nothing().returning(_P.id)
    number: int | None = connection.execute(statement).scalar()
    return number


def get(
    connection: Connection, reach: Sequence[str], number: int, *, lock: bool = False
) -> Row[Any] | None:
    """A proposal by its number; `lock` holds it until the transaction ends."""
    query = _rows(reach).where(_P.id == number)
    query = query.with_for_update(of=listing_proposals) if lock else query
    return connection.execute(query).one_or_none()


def change(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Note what became of a proposal; its row is locked."""
    connection.execute(update(listing_proposals).where(_P.id == number).values(dict(values)))


def open_one(connection: Connection, uscc: str, kind: ListChange) -> int | None:
    """The number of the proposal of a kind that is open for an enterprise."""
    query = select(_P.id).where(
        _P.uscc == uscc, _P.change == kind, _P.state == ProposalState.PROPOSED
    )
    found: int | None = connection.execute(query).scalar()
    return found


def listed(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    before: int | None = None,
    **exact: str | None,
) -> list[Row[Any]]:
    """Proposals, newest first; `exact`: state, change, uscc."""
    query = _rows(reach).where(
        *(_P[name] == value for name, value in exact.items() if value is not None)
    )
    if before is not None:
        query = query.where(_P.id < before)
    return list(connection.execute(query.order_by(_P.id.desc()).limit(limit)).all())


def open_of(connection: Connection, usccs: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the open proposals of enterprises."""
    query = select(_P.uscc, _P.id).where(
        _P.uscc.in_(list(usccs)), _P.state == ProposalState.PROPOSED
    )
    found: dict[str, list[int]] = {}
    for uscc, number in connection.execute(query.order_by(_P.id)):
        found.setdefault(uscc, []).append(number)
    return found


def to_suggest(connection: Connection, on: date, limit: int) -> list[Row[Any]]:
    """Reported tasks that confirmed a violation of an enterprise that was listed then, and is on a day.

    Those of which a suggestion was made, and those of enterprises with an open removal, are left out.
    """
    book, open_ = positive_list.c, listing_proposals.alias()
    query: Select[Any] = (
        select(tasks.c.id, tasks.c.uscc, book.id.label("listing"))
        .join(
            positive_list,
            and_(
                book.uscc == tasks.c.uscc,
                book.superseded_at.is_(None),
                book.listed_from <= on,
                or_(book.listed_until.is_(None), book.listed_until >= on),
            ),
        )
        .outerjoin(listing_proposals, _P.task == tasks.c.id)
        .outerjoin(
            open_,
            and_(
                open_.c.uscc == tasks.c.uscc,
                open_.c.change == ListChange.REMOVE,
                open_.c.state == ProposalState.PROPOSED,
            ),
        )
        .where(
            tasks.c.state.in_(("reported", "closed")),
            tasks.c.result["result"].as_string().in_(_VIOLATION),
            tasks.c.listing["listed"].as_boolean(),
            _P.id.is_(None),
            open_.c.id.is_(None),
        )
    )
    return list(connection.execute(query.order_by(tasks.c.id).limit(limit)).all())


# --- publications ---------------------------------------------------------------------------------


def publish(
    connection: Connection, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> int:
    """Enter a publication with its rows, and note it on the approved proposals that it tells."""
    statement = insert(listing_publications).values(dict(values))
    number: int = connection.execute(statement.returning(listing_publications.c.id)).scalar_one()
    if rows:
        placed = [dict(row) | {"publication": number, "place": n} for n, row in enumerate(rows, 1)]
        connection.execute(insert(published_listings), placed)
    told = update(listing_proposals).where(
        _P.state == ProposalState.APPROVED, _P.from_day <= values["on_day"]
    )
    connection.execute(told.values(state=ProposalState.PUBLISHED.value, publication=number))
    return number


def publications(connection: Connection, limit: int, before: int | None = None) -> list[Row[Any]]:
    """Publications, newest first."""
    query = select(listing_publications)
    if before is not None:
        query = query.where(listing_publications.c.id < before)
    query = query.order_by(listing_publications.c.id.desc()).limit(limit)
    return list(connection.execute(query).all())


def publication(connection: Connection, number: int) -> Row[Any] | None:
    """A publication by its number."""
    query = select(listing_publications).where(listing_publications.c.id == number)
    return connection.execute(query).one_or_none()


def published(connection: Connection, number: int) -> list[Row[Any]]:
    """The rows of a publication."""
    query = select(published_listings).where(published_listings.c.publication == number)
    return list(connection.execute(query.order_by(published_listings.c.place)).all())


def state_values(state: ProposalState, at: datetime, by: str) -> dict[str, Any]:
    """What a decision notes."""
    return {"state": state.value, "decided_at": at, "decided_by": by}
