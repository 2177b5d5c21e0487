"""Dahua cameras and recorders (大华), read from their event stream."""

from adapters.video.dahua.adapter import Adapter

__all__ = ["Adapter"]
