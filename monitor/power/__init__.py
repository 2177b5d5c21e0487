"""Power use (用电监管): quarter hours of meters, lines that they make up, orders. Pure, numpy."""

from monitor.power.line import PRODUCTION, TREATMENT, Line, line
from monitor.power.order import Order, OrderKind, covered
from monitor.power.quarters import HOUR_MS, QUARTER_MS, Counter, Counts, Samples, quarters

__all__ = [
    "HOUR_MS",
    "PRODUCTION",
    "QUARTER_MS",
    "TREATMENT",
    "Counter",
    "Counts",
    "Line",
    "Order",
    "OrderKind",
    "Samples",
    "covered",
    "line",
    "quarters",
]
