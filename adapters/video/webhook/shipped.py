"""The profiles that come with the product: TOML files in `profiles/`, by the file's name."""

from __future__ import annotations

from importlib.resources import files

from adapters.shipping import Shipped

_SHIPPED = Shipped(files(__package__) / "profiles")

names = _SHIPPED.names
written = _SHIPPED.written
