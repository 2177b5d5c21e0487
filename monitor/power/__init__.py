"""Power use (用电监管): quarter hours of meters, lines that they make up, orders. Pure, numpy."""

from monitor.power.order import Order, OrderKind, covered

__all__ = ["Order", "OrderKind", "covered"]
