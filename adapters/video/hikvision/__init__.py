"""Hikvision cameras and recorders (海康威视) over ISAPI, pushing or read from."""

from adapters.video.hikvision.adapter import Adapter

__all__ = ["Adapter"]
