"""ONVIF cameras of any maker that publish their events as JSON over MQTT (Profile M)."""

from adapters.video.onvif.adapter import Adapter

__all__ = ["Adapter"]
