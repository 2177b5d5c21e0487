"""Observations (监测数据表): tables that platforms export, read by a mapping profile."""

from adapters.observations.adapter import Adapter

__all__ = ["Adapter"]
