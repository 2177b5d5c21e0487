"""MQTT: emissions and electricity over a broker, as HJ 212 frames or as JSON of any form."""

from adapters.mqtt.adapter import Adapter

__all__ = ["Adapter"]
