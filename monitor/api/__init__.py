"""The HTTP API: one router per noun, errors as problem+json, reach by token."""

from monitor.api.app import create_app
from monitor.api.services import Services

__all__ = ["Services", "create_app"]
