"""Profiles that come with the product: TOML files in a folder, known by the file's name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any


@dataclass(frozen=True, slots=True)
class Shipped:
    """The profiles of an adapter."""

    folder: Traversable

    def names(self) -> list[str]:
        """Those that there are."""
        found = (each.name for each in self.folder.iterdir())
        return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))

    def written(self, value: object) -> object:
        """What a configuration means by a profile: a shipped one's name, or a table.

        A table may say `like = "name"`: it has all keys of that one which it does not have itself.
        """
        if isinstance(value, str):
            return self._read(value)
        if isinstance(value, dict) and isinstance(value.get("like"), str):
            own = {key: each for key, each in value.items() if key != "like"}
            return self._read(value["like"]) | own
        return value

    def _read(self, name: str) -> dict[str, Any]:
        if name not in self.names():
            raise ValueError(f"there is no profile {name!r}, but {', '.join(self.names())}")
        return tomllib.loads((self.folder / f"{name}.toml").read_text("utf-8"))
