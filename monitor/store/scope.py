"""The reach of a token in queries: everything that lists or finds things by district asks here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, true


def within(column: Any, districts: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a row's district is among a token's; no districts = all of them.

    What belongs to no district is within reach only of those who may see all.
    """
    return column.in_(list(districts)) if districts else true()
