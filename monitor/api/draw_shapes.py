"""The shapes of random draws (双随机), as the OpenAPI document names them."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from monitor.api.schemas import Body, Day, Shape, Storable, Timestamp
from monitor.positive import MOST_DRAWN, Treatment


class DrawBody(Body):
    """A draw: its day, and whom it has chosen."""

    date: datetime.date
    enterprises: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100), Storable]],
        Field(min_length=1, max_length=MOST_DRAWN),
    ]
    """Credit codes."""


class DrawnEnterprise(Shape):
    """What becomes of one of them."""

    uscc: str
    name: str | None
    """Null: it is not registered, as far as the token reaches."""
    district: str | None
    treatment: Treatment
    category: str | None
    document: str | None
    """By which it is listed."""
    ground: str


class DrawHead(Shape):
    """A draw, without its answers."""

    id: int
    date: Day
    count: int
    list_version: int
    """The version of the register that it was answered by."""
    drawn_at: Timestamp
    drawn_by: str


class Draw(DrawHead):
    """A draw with its answers, in the order asked."""

    items: list[DrawnEnterprise]


class DrawPage(Shape):
    """Draws, newest first."""

    items: list[DrawHead]
    next: str | None
