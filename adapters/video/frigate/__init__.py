"""Frigate, a network video recorder that sees objects: over MQTT, with what was missed over HTTP."""

from adapters.video.frigate.adapter import Adapter

__all__ = ["Adapter"]
