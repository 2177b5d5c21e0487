"""Power use (用电监管): meters behind gateways, over a broker or pushed, read by a maker's profile."""

from adapters.power.adapter import Adapter

__all__ = ["Adapter"]
