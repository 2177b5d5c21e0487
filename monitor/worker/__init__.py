"""What works by the clock and by what is due: webhook delivery and sweeps."""

from monitor.worker.worker import Sweep, Worker

__all__ = ["Sweep", "Worker"]
