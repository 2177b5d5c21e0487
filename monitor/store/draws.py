"""Random draws in the store: recorded once, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, or_, select

from monitor.positive import Drawn
from monitor.store.scope import within
from monitor.store.tables import drawn, draws


def add(
    connection: Connection, on: date, answers: Sequence[Drawn], version: int, at: datetime, by: str
) -> int:
    """Record a draw with every answer; its number."""
    values = {
        "on_day": on,
        "count": len(answers),
        "list_version": version,
        "drawn_at": at,
        "drawn_by": by,
    }
    statement = insert(draws).values(values)
    number: int = connection.execute(statement.returning(draws.c.id)).scalar_one()
    connection.execute(insert(drawn), list(_placed(number, answers)))
    return number


def _placed(number: int, answers: Iterable[Drawn]) -> Iterable[dict[str, Any]]:
    for place, answer in enumerate(answers, 1):
        yield asdict(answer) | {
            "treatment": answer.treatment.value,
            "draw": number,
            "place": place,
        }


def _seen(reach: Sequence[str], name: str) -> Any:
    """One's own draws, and those that drew somebody within reach."""
    touching = exists().where(drawn.c.draw == draws.c.id, within(drawn.c.district, reach))
    return or_(draws.c.drawn_by == name, touching)


def listed(
    connection: Connection, reach: Sequence[str], name: str, limit: int, before: int | None = None
) -> list[Row[Any]]:
    """Draws, newest first."""
    query = select(draws).where(_seen(reach, name))
    if before is not None:
        query = query.where(draws.c.id < before)
    return list(connection.execute(query.order_by(draws.c.id.desc()).limit(limit)).all())


def get(connection: Connection, reach: Sequence[str], name: str, number: int) -> Row[Any] | None:
    """A draw by its number."""
    query = select(draws).where(draws.c.id == number, _seen(reach, name))
    return connection.execute(query).one_or_none()


def answers(connection: Connection, reach: Sequence[str], name: str, draw: Any) -> list[Row[Any]]:
    """What a draw was answered, in the order asked; of somebody else's what is within reach."""
    query = select(drawn).where(drawn.c.draw == draw.id)
    if draw.drawn_by != name:
        query = query.where(within(drawn.c.district, reach))
    return list(connection.execute(query.order_by(drawn.c.place)).all())


def of(connection: Connection, uscc: str, limit: int) -> list[Row[Any]]:
    """What draws were answered about an enterprise, the newest first."""
    columns = (drawn.c.draw, draws.c.on_day, drawn.c.treatment, drawn.c.category, drawn.c.ground)
    query = select(*columns).join(draws, draws.c.id == drawn.c.draw).where(drawn.c.uscc == uscc)
    return list(connection.execute(query.order_by(drawn.c.draw.desc(), drawn.c.place).limit(limit)))
