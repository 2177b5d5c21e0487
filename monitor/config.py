"""The configuration: one TOML file, environment overrides, secrets from files. Unknown keys are refused.

`[[adapters]]` entries are checked against the schema of their type, which the composition root hands
in: the core knows no adapter.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from monitor.adapter import AdapterConfig
from monitor.alert import Outcome
from monitor.errors import ConfigError
from monitor.observation import Period
from monitor.task import Trigger

PREFIX = "OFFSITE_MONITOR__"


def read_secret(value: Any) -> Any:
    """A secret given as `{ file = "…" }`: relative to `$CREDENTIALS_DIRECTORY` if there is one."""
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"file"}:
        raise ValueError('a secret is a text or { file = "…" }')
    path = Path(value["file"])
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and not path.is_absolute():
        path = Path(credentials) / path
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None


Secret = Annotated[SecretStr, BeforeValidator(read_secret)]
"""A text that never shows, given plainly or as `{ file = "…" }`."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"no such time zone: {name}; try Asia/Shanghai") from None
    return name


class Section(BaseModel):
    """A table of the file: its keys and no others, each described by the text below it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Database(Section):
    """Where everything is kept."""

    url: Secret = SecretStr("sqlite:///var/monitor.db")
    """`sqlite:///path` (relative to the working directory) or `postgresql://user@host/name`."""


class Http(Section):
    """The API."""

    host: str = "127.0.0.1"
    """Address to listen on; put a reverse proxy with TLS before anything but loopback."""
    port: int = Field(8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    max_body: int = Field(1_000_000, ge=1_000)
    """The largest request body taken, in bytes."""


class Intake(Section):
    """What is written together, and how much may wait."""

    batch: int = Field(1000, ge=1, le=20_000)
    """Frames in one transaction."""
    linger_ms: int = Field(20, ge=0, le=1000)
    """How long few frames wait for company, in milliseconds."""
    waiting: int = Field(20_000, ge=100, le=1_000_000)
    """Frames that may wait in memory; above it, sources are read no further."""
    quarantine: int = Field(10_000, ge=0)
    """Unregistered devices whose readings are kept; of more than these only the frames are."""


class Detection(Section):
    """Judging."""

    act_within_days: int = Field(60, ge=0)
    """Findings about periods older than this make an alert to screen, not a task."""
    exceedance: dict[Period, Outcome] = Field(default_factory=dict)
    """Outcome of an exceedance per period, where it is not the default: hour, day and month verify,
    realtime and minute remind."""
    silence_hours: dict[Period, float] = Field(default_factory=dict)
    """Exceeding periods further apart than this are two episodes; default realtime 1, minute 2,
    hour 24, day 72."""


class Tasks(Section):
    """Verification tasks."""

    lease_minutes: int = Field(480, ge=1, le=10_080)
    """How long a claim holds without being renewed."""
    deadline_hours: dict[Trigger, int] = Field(default_factory=dict)
    """Hours from queueing to due, per trigger, where it is not the default of 48."""


class Webhooks(Section):
    """Calls to dashboards."""

    allow: tuple[str, ...] = ()
    """Networks (CIDR) that may be called although they are private or loopback, over http as well."""

    def networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The allowed networks."""
        return [ipaddress.ip_network(text, strict=False) for text in self.allow]

    def model_post_init(self, _context: Any) -> None:
        """Refuse what is not a network."""
        self.networks()


class Retention(Section):
    """How long things are kept. Frames that an alert leans on are kept as long as the alert."""

    frames_days: int = Field(400, ge=1)
    """Raw frames."""
    readings_days: int = Field(1825, ge=1)
    """Real-time and minute data; raw records are kept five years (监测条例, 2026-01-01)."""
    events_days: int = Field(400, ge=1)
    """The change feed and the delivery log; network logs are kept at least six months."""


class Settings(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    language: Literal["zh", "en"] = "zh"
    """Language of messages, reports and pages."""
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    """The bureau's civil time: whose days and hours the law means."""
    database: Database = Database()
    http: Http = Http()
    adapters: tuple[dict[str, Any], ...] = ()
    """The feeds; each entry has a `type` and a `name`, the rest is the type's own."""
    intake: Intake = Intake()
    detection: Detection = Detection()
    tasks: Tasks = Tasks()
    webhooks: Webhooks = Webhooks()
    retention: Retention = Retention()

    @property
    def zone(self) -> ZoneInfo:
        """The bureau's zone."""
        return ZoneInfo(self.timezone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return (env_settings, init_settings)


def load(
    path: Path, schema: Callable[[str], type[AdapterConfig] | None]
) -> tuple[Settings, tuple[AdapterConfig, ...]]:
    """Read a file; `schema` gives the configuration class of an adapter's type, None for no such type.

    Raises ConfigError with a line per fault: file, key, reason.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}; name a file with --config"]) from None
    try:
        data = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from None
    return parse(data, schema, str(path))


def parse(
    data: Mapping[str, Any], schema: Callable[[str], type[AdapterConfig] | None], where: str
) -> tuple[Settings, tuple[AdapterConfig, ...]]:
    """The same for data already read; `where` stands before each fault."""
    faults = [f"environment: {name}: unknown key" for name in _unknown_environment()]
    settings = None
    try:
        settings = Settings(**data)
    except ValidationError as error:
        faults += [f"{where}: {line}" for line in describe(error)]
    adapters: list[AdapterConfig] = []
    entries = settings.adapters if settings else data.get("adapters", ())
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        if isinstance(entry, Mapping):
            _adapter(entry, schema, f"{where}: adapters[{index}]", adapters, faults)
    names = [adapter.name for adapter in adapters]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(f"{where}: adapters: two are named {name!r}; names must be unique")
    if faults or settings is None:
        raise ConfigError(faults)
    return settings, tuple(adapters)


def _adapter(
    entry: Mapping[str, Any],
    schema: Callable[[str], type[AdapterConfig] | None],
    where: str,
    adapters: list[AdapterConfig],
    faults: list[str],
) -> None:
    kind = entry.get("type")
    model = schema(kind) if isinstance(kind, str) else None
    if model is None:
        faults.append(f"{where}.type: no adapter of type {kind!r}")
        return
    try:
        adapters.append(model(**entry))
    except ValidationError as error:
        faults += [f"{where}.{line}" for line in describe(error)]


def describe(error: ValidationError) -> list[str]:
    """A line per fault: key, reason; what was given is not repeated, since it may be a secret."""
    lines = []
    for fault in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "(whole)"
        reason = fault["msg"].removeprefix("Value error, ")
        lines.append(f"{key}: {'unknown key' if fault['type'] == 'extra_forbidden' else reason}")
    return lines


def _unknown_environment() -> list[str]:
    """Overrides that name no key: pydantic-settings would pass over them in silence."""
    known = set(Settings.model_fields)
    named = (name for name in os.environ if name.upper().startswith(PREFIX))
    return sorted(n for n in named if n[len(PREFIX) :].split("__")[0].lower() not in known)
