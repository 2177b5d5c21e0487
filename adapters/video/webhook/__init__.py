"""The generic web hook: JSON as camera platforms and AI boxes push it, read by a profile."""

from adapters.video.webhook.adapter import Adapter

__all__ = ["Adapter"]
