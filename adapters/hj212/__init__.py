"""HJ 212: data loggers over TCP, all editions (2005, 2017, 2025). The platform's side."""

from adapters.hj212.adapter import Adapter

__all__ = ["Adapter"]
