"""Emergency orders (应急减排): an enterprise stops, or limits what it runs, for a time. Pure.

The ground is the classified plan that an enterprise has on file for heavy pollution days
(重污染天气应急减排措施, 一企一策), and the notice that starts it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class OrderKind(StrEnum):
    """What is ordered."""

    STOP = "stop"
    """停产: nothing runs."""
    LIMIT = "limit"
    """限产: no more than a share of what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order for one enterprise, or one of its lines, over [start, end)."""

    uscc: str
    kind: OrderKind
    start_ms: int
    end_ms: int | None = None
    """None = until it is lifted."""
    allowed_share: float | None = None
    """Of a limit: the share of the usual load that may go on."""
    baseline_kw: float | None = None
    """Of a limit: the usual load, where the plan on file says it; else it is taken from before."""
    line: str | None = None
    """The line (生产线) that it is for; None = all."""
    document: str | None = None
    """文号."""
    id: int = 0

    def concerns(self, line: str) -> bool:
        """Whether a line of the enterprise is under it."""
        return self.line is None or self.line == line


def covered(
    orders: Iterable[Order], starts_ms: NDArray[np.int64], length_ms: int
) -> NDArray[np.int64]:
    """For each span [start, start + length) the index of the order that it lies within, -1 = none.

    Of several the strictest holds: a stop before a limit, a smaller share before a larger one.
    """
    found = np.full(starts_ms.shape, -1, dtype=np.int64)
    ranked = sorted(enumerate(orders), key=lambda pair: _strictness(pair[1]), reverse=True)
    for index, order in ranked:
        within = starts_ms >= order.start_ms
        if order.end_ms is not None:
            within &= starts_ms + length_ms <= order.end_ms
        found[within] = index
    return found


def _strictness(order: Order) -> float:
    return -1.0 if order.kind is OrderKind.STOP else (order.allowed_share or 0.0)
