"""DJI docks and remote controllers (大疆上云 API): files of flights, by MQTT and Pilot 2's calls."""

from adapters.drone.dji.adapter import Adapter

__all__ = ["Adapter"]
