"""WVP, the usual platform for GB/T 28181 (国标) cameras: its alarms over its REST API."""

from adapters.video.wvp.adapter import Adapter

__all__ = ["Adapter"]
