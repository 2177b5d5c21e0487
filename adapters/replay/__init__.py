"""The simulator: composed HJ 212 frames over real TCP connections; demo, tests and benches use it."""

from adapters.replay.client import Pace, Tally, send
from adapters.replay.devices import Device, invented, registered
from adapters.replay.scenarios import SCENARIOS, Plan

__all__ = ["SCENARIOS", "Device", "Pace", "Plan", "Tally", "invented", "registered", "send"]
