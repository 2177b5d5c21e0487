"""The profiles that come with the product: TOML files in `profiles/`, by the file's name."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

_FOLDER = files(__package__) / "profiles"


def names() -> list[str]:
    """Those that there are."""
    found = (each.name for each in _FOLDER.iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def written(value: object) -> object:
    """What a configuration means by a profile: a shipped one's name, or a table.

    A table may say `like = "name"`: it has all keys of that one which it does not have itself.
    """
    if isinstance(value, str):
        return _read(value)
    if isinstance(value, dict) and isinstance(value.get("like"), str):
        own = {key: each for key, each in value.items() if key != "like"}
        return _read(value["like"]) | own
    return value


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        raise ValueError(f"there is no profile {name!r}, but {', '.join(names())}")
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
