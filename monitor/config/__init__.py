"""The configuration: one TOML file, the environment over it, secrets from files; no unknown keys."""

from monitor.config.reading import Schemas, load, parse
from monitor.config.sections import Detection, Http, Oidc
from monitor.config.settings import PREFIX, Settings

__all__ = ["PREFIX", "Detection", "Http", "Oidc", "Schemas", "Settings", "load", "parse"]
