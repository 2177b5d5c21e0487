"""Surveys of drones (无人机航测), handed in by their pilots: photos, gas tracks, marks, orthophotos."""

from adapters.drone.upload.adapter import Adapter

__all__ = ["Adapter"]
