"""Reading the file: every fault with the key, or the variable, that is wrong.

`[[adapters]]` entries are checked against the schema of their type, which the composition root hands
in: the core knows no adapter.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.adapter import AdapterConfig
from monitor.config.settings import PREFIX, Settings
from monitor.errors import ConfigError
from monitor.objects import S3

Schemas = Mapping[str, type[AdapterConfig]]
"""The configuration class of each type of adapter."""


def load(path: Path, schemas: Schemas) -> tuple[Settings, tuple[AdapterConfig, ...]]:
    """Read a file. Raises ConfigError with a line per fault: file, key, reason."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            [f"{path}: {error.strerror}; name a configuration file that is there"]
        ) from None
    try:
        data = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from None
    return parse(data, schemas, str(path))


def parse(
    data: Mapping[str, Any], schemas: Schemas, where: str
) -> tuple[Settings, tuple[AdapterConfig, ...]]:
    """The same for data already read; `where` stands before each fault."""
    faults = [f"environment: {name}: unknown key" for name in _unknown_environment()]
    # pydantic-settings takes names with an underscore for its own: they must not reach it
    faults += [f"{where}: {key}: unknown key" for key in data if key.startswith("_")]
    settings = None
    try:
        settings = Settings(**{key: data[key] for key in data if not key.startswith("_")})
    except ValidationError as error:
        faults += [_place(key, where) + reason for key, reason in _faults(error)]
    entries = settings.adapters if settings else data.get("adapters", ())
    adapters = _Adapters(schemas, where, faults)
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        if isinstance(entry, Mapping):
            adapters.add(index, entry)
    if settings is not None:
        faults += _shared(settings, adapters.found, where)
    if faults or settings is None:
        raise ConfigError(faults)
    return settings, tuple(adapters.found)


def _shared(settings: Settings, adapters: Iterable[AdapterConfig], where: str) -> Iterator[str]:
    """Buckets of adapters that reach into that of the media: others put files there."""
    media = settings.media.s3
    for adapter in adapters:
        for key, said in adapter:
            if isinstance(said, S3) and media.endpoint and said.overlaps(media):
                reason = "its prefix and that of media.s3 overlap in one bucket; set others"
                yield f"{where}: {key} of adapter {adapter.name}: {reason}"


class _Adapters:
    """The entries of `[[adapters]]`, each against the schema of its type."""

    def __init__(self, schemas: Schemas, where: str, faults: list[str]) -> None:
        self.found: list[AdapterConfig] = []
        self._schemas, self._where, self._faults = schemas, where, faults
        self._names: set[str] = set()

    def add(self, index: int, entry: Mapping[str, Any]) -> None:
        """Check an entry; what is wrong with it joins the faults."""
        self._check_name(index, entry.get("name"))
        kind = entry.get("type")
        if not isinstance(kind, str) or kind not in self._schemas:
            known = ", ".join(sorted(self._schemas))
            reason = "missing" if kind is None else f"no adapter of type {kind!r}"
            self._fault(index, "type", f"{reason}; there are: {known}")
            return
        try:
            self.found.append(self._schemas[kind](**entry))
        except ValidationError as error:
            for key, reason in _faults(error):
                self._fault(index, ".".join(key), reason)

    def _check_name(self, index: int, name: object) -> None:
        if isinstance(name, str) and name in self._names:
            self._fault(index, "name", f"another adapter is named {name!r}; names must be unique")
        elif isinstance(name, str):
            self._names.add(name)

    def _fault(self, index: int, key: str, reason: str) -> None:
        place = _place(("adapters",), self._where, f"adapters[{index}].{key}")
        self._faults.append(place + reason)


_REASONS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}


def _faults(error: ValidationError) -> Iterator[tuple[tuple[str, ...], str]]:
    """Key and reason of each fault; what was given is not repeated, since it may be a secret."""
    for fault in error.errors(include_url=False, include_input=False):
        key = tuple(str(part) for part in fault["loc"] if part != "[key]")
        yield key, _REASONS.get(fault["type"], fault["msg"].removeprefix("Value error, "))


def _place(key: tuple[str, ...], where: str, shown: str | None = None) -> str:
    """Where a key was given: the environment's variable, if there is one, else the file."""
    given = {name.upper(): name for name in os.environ}
    for length in range(len(key), 0, -1):
        name = PREFIX + "__".join(key[:length]).upper()
        if name in given:
            return f"environment: {given[name]}: "
    return f"{where}: {shown or '.'.join(key)}: "


def _unknown_environment() -> list[str]:
    """Overrides that name no key: pydantic-settings would pass over them in silence."""
    known = set(Settings.model_fields)
    named = (name for name in os.environ if name.upper().startswith(PREFIX))
    return sorted(n for n in named if n[len(PREFIX) :].split("__")[0].lower() not in known)
