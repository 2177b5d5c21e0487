"""The configuration: one TOML file, environment overrides, secrets from files. Unknown keys are refused.

`[[adapters]]` entries are checked against the schema of their type, which the composition root hands
in: the core knows no adapter.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from monitor import clue
from monitor.adapter import AdapterConfig
from monitor.alert import Outcome
from monitor.calendar import Term
from monitor.errors import ConfigError
from monitor.objects import S3
from monitor.observation import JUDGED, Period
from monitor.oidc.claims import safe
from monitor.rules import WINDOW_RULES
from monitor.secret import Secret
from monitor.task import Trigger
from monitor.tokens import Role

PREFIX = "OFFSITE_MONITOR__"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"no such time zone: {name}; try Asia/Shanghai") from None
    return name


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("not a network such as 10.0.0.0/8") from None
    return text


def _long_enough(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < 16:
        raise ValueError("at least 16 characters are needed")
    return secret


def _matter(key: str) -> str:
    trigger, _, priority = key.partition("-")
    if trigger not in list(Trigger) or priority not in ("", "1", "2", "3", "4", "5"):
        raise ValueError(
            f"a trigger, or trigger-priority such as exceedance-1, is needed; there are: "
            f"{', '.join(Trigger)}"
        )
    return key


def _term(text: str) -> str:
    Term.parse(text)
    return text


def _rule(name: str) -> str:
    names = (*WINDOW_RULES, *clue.NAMES)
    if name not in names:
        raise ValueError(f"there is no such rule; there are: {', '.join(names)}")
    return name


def _judged(period: Period) -> Period:
    if period not in JUDGED:
        raise ValueError(f"there are no limits for {period}; use {', '.join(JUDGED)}")
    return period


Judged = Annotated[Period, AfterValidator(_judged)]


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
    streams: int = Field(100, ge=0, le=10_000)
    """How many may listen to `/events/stream` at once; more are answered 503."""
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = (
        "127.0.0.1/32",
        "::1/128",
    )
    """Reverse proxies (CIDR) whose `X-Forwarded-For` says who asks; of anybody else it is ignored."""
    requests_per_minute: int = Field(1200, ge=1)
    """Requests that a token may make in a minute; above it 429."""
    login_failures: int = Field(20, ge=1, le=1000)
    """So many wrong tokens from one address lock it out."""
    login_failure_minutes: int = Field(10, ge=1, le=1440)
    """… if they come within so many minutes."""
    lockout_minutes: int = Field(15, ge=1, le=1440)
    """How long it is locked out."""
    idempotency_hours: int = Field(24, ge=1, le=720)
    """How long a request with an `Idempotency-Key` is known when it comes again."""
    access_log: bool = True
    """A line per request of the API in the log: who, route, status, duration."""


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


class Marks(Section):
    """Marks (数据标记): until when they may be handed in, and how much they may cover."""

    allowances: str = ""
    """A CSV file in place of the shipped `monitor/marks/allowances.csv`, with its columns; empty: that
    one."""
    next_day: time = time(12)
    """Civil time of the day after until which a manual mark counts (公告 2022年第21号)."""
    incinerator_change_hours: float = Field(1, gt=0, le=720)
    """Waste incinerators: hours from a change of condition until which its mark counts."""
    incinerator_order_hours: float = Field(6, gt=0, le=720)
    """The same from an order of the authority (电子督办)."""
    part_marked_day: Literal["hours", "reported", "day"] = "hours"
    """An incinerator's day with marked hours: the mean of the other valid hours, the reported one, or
    not judged at all."""


class Detection(Section):
    """Judging."""

    act_within_days: int = Field(60, ge=0)
    """Findings about periods older than this make an alert to screen, not a task."""
    exceedance: dict[Judged, Outcome] = Field(default_factory=dict)
    """Outcome of an exceedance per period, where it is not the default: hour, day and month verify,
    realtime and minute remind."""
    silence_hours: dict[Judged, Annotated[float, Field(gt=0, le=100_000)]] = Field(
        default_factory=dict
    )
    """Exceeding periods further apart than this are two episodes; default realtime 1, minute 2,
    hour 24, day 72, month 1488."""
    source_lost_minutes: int = Field(120, ge=0, le=43_200)
    """Minutes of silence of a registered device after which `source.lost` is told; 0: never. There are
    devices that send hourly data alone, so it is more than an hour."""
    incinerator_hour: Outcome = Outcome.REMIND
    """Outcome of an hour over its limit at a waste incinerator, where only the day mean is evidence."""
    rules: dict[Annotated[str, AfterValidator(_rule)], Outcome] = Field(default_factory=dict)
    """Outcome of the other rules, by name; what is not named is screened."""
    marks: Marks = Marks()
    """Marks."""


class Tasks(Section):
    """Verification tasks."""

    lease_minutes: int = Field(480, ge=1, le=10_080)
    """How long a claim holds without being renewed."""
    deadlines: dict[
        Annotated[str, AfterValidator(_matter)], Annotated[str, AfterValidator(_term)]
    ] = Field(default_factory=dict)
    """From queueing to due: `48 hours`, `15 days` or `3 working days` per trigger (`exceedance`), or per
    trigger and priority (`exceedance-1`); 48 hours where nothing is set."""
    calendar: str = ""
    """A CSV file (`date`, `works` = yes or no) over the shipped calendar of working days: local ones, and
    years announced after this release."""
    calendar_years: tuple[Annotated[int, Field(ge=2000, le=2200)], ...] = ()
    """Years that the file has in full; deadlines into years that nobody knows are marked provisional."""
    remind_hours: float = Field(12, ge=0, le=10_000)
    """How long before a task is due those concerned are reminded."""
    escalate_hours: float = Field(24, gt=0, le=10_000)
    """How long after it was due a task is taken to the next level, and to the one above after as long."""
    suspend_days: int = Field(30, ge=1, le=365)
    """How long a task is suspended where no end is named."""


def _link_base(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s()<>\"]+", url):
        raise ValueError("not an address such as https://monitor.example.org")
    return url.rstrip("/")


def _some(pauses: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(pauses) <= 30:
        raise ValueError("1 to 30 pauses are needed")
    return pauses


Pause = Annotated[int, Field(ge=1, le=604_800)]


class Webhooks(Section):
    """Calls to dashboards and chat bots."""

    allow: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Networks (CIDR) that may be called although they are private or loopback, over http as well."""
    schedule: Annotated[tuple[Pause, ...], AfterValidator(_some)] = (
        5,
        300,
        1800,
        7200,
        18_000,
        36_000,
        50_400,
        72_000,
        86_400,
    )
    """Seconds to wait after the first, second, … failure; then the event is given up."""
    rotation_hours: int = Field(24, ge=0, le=720)
    """How long an old secret signs beside the new one after `rotate-secret`."""
    public_url: Annotated[str, AfterValidator(_link_base), Field(max_length=300)] = ""
    """What the links in chat messages begin with, e.g. `https://monitor.example.org`; empty: no links."""

    def networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The allowed networks."""
        return [ipaddress.ip_network(text, strict=False) for text in self.allow]


class Backfill(Section):
    """Asking devices for data that is missing (补传)."""

    enabled: bool = True
    """Whether devices that can be asked are."""
    days: int = Field(7, ge=1, le=90)
    """How many civil days back, today included, data is looked for and asked for."""
    requests_per_minute: int = Field(60, ge=2, le=10_000)
    """Requests over all devices; a device has one at a time."""


class Media(Section):
    """Pictures, videos and records (影像资料). They are kept as long as what they belong to."""

    folder: Path = Path("var/media")
    """The folder (relative to the working directory); several processes need the same one. With `s3`,
    what is on its way and smaller pictures."""
    s3: S3 = S3()
    """The bucket that keeps the files instead of the folder."""
    max_file: int = Field(500_000_000, ge=1_000)
    """Bytes of a file."""
    max_task: int = Field(2_000_000_000, ge=1_000)
    """Bytes of all files of a task."""
    max_pixels: int = Field(100_000_000, ge=1_000, le=1_000_000_000)
    """Pixels of a picture; decoding takes up to four bytes each."""
    keep_free: int = Field(1_000_000_000, ge=0)
    """Bytes of the disk that stay free: above all for the database."""
    max_unfinished: int = Field(2_000_000_000, ge=1_000)
    """Bytes that a token's uploads under way may ask for together."""
    upload_hours: int = Field(72, ge=1, le=720)
    """Hours that a resumable upload may stay unfinished."""
    fetch: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Networks (CIDR) that pictures may be fetched from where a source sends their URL: the picture
    servers of camera platforms. Public addresses may be called over https without."""
    fetch_bytes: int = Field(20_000_000, ge=1_000, le=100_000_000)
    """Bytes of a picture that is fetched."""


class Reminders(Section):
    """Reminders to enterprises (提醒帮扶): a link to be passed on, by which they reply."""

    public_url: Annotated[str, AfterValidator(_link_base), Field(max_length=300)] = ""
    """What the links begin with, as enterprises reach this service; empty: links are given as paths."""
    automatic: bool = False
    """Whether an alert whose outcome is `remind` records a reminder by itself."""
    days: int = Field(7, ge=1, le=90)
    """How long a link is good."""
    files: int = Field(6, ge=0, le=50)
    """Files that may come with a reply: pictures and PDF."""
    max_bytes: int = Field(50_000_000, ge=1_000)
    """Bytes of a reply with its files."""


class Retention(Section):
    """How long things are kept. Frames that an alert leans on are kept as long as the alert."""

    frames_days: int = Field(400, ge=1)
    """Raw frames."""
    readings_days: int = Field(1825, ge=1)
    """Real-time and minute data; raw records are kept five years (监测条例, 2026-01-01)."""
    events_days: int = Field(400, ge=183)
    """The change feed, the delivery log, commands, ended sessions: logs, to be kept six months at least
    (网络安全法, network logs). The audit trail is never let go of."""


class Oidc(Section):
    """People whom the bureau's own provider knows (OpenID Connect), beside tokens."""

    issuer: str = ""
    """The provider's issuer, as its discovery document names it; empty: there is none."""
    client_id: str = ""
    """Who we are to the provider."""
    client_secret: Secret = SecretStr("")
    """What proves it."""
    redirect_uri: str = ""
    """`https://…/api/v1/auth/callback`, as the provider has it."""
    audience: str = ""
    """Whom a JWT as bearer must be for (`aud`); empty: `client_id`."""
    scopes: tuple[str, ...] = ("openid", "profile", "groups")
    """What is asked for at the login; `openid` is among them."""
    return_to: tuple[str, ...] = ()
    """Addresses of apps and pages that a browser may be sent to with its session."""
    session_hours: float = Field(8, gt=0, le=72)
    """How long a session lasts."""
    name_claim: str = Field("preferred_username", min_length=1)
    """The claim with the name on tasks and in the audit trail; no two may have the same."""
    role_claim: str = Field("groups", min_length=1)
    """The claim, a text or a list, whose values `[oidc.roles]` has."""
    district_claim: str = Field("groups", min_length=1)
    """The claim, a text or a list, whose values `[oidc.districts]` has."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Role of each value; of several the highest. Who has none is not let in."""
    districts: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """District of each value, `*` for all of them. Who has none is not let in."""

    @model_validator(mode="after")
    def _whole(self) -> Oidc:
        if not self.issuer:
            return self
        given = {"client_id": self.client_id, "redirect_uri": self.redirect_uri}
        given["client_secret"] = self.client_secret.get_secret_value()
        for name, value in given.items():
            if not value:
                raise ValueError(f"{name} is needed where there is an issuer")
        for url in (self.issuer, self.redirect_uri):
            if not safe(url):
                raise ValueError(f"{url}: https is needed (http on this machine only)")
        if "openid" not in self.scopes:
            raise ValueError("scopes: openid must be among them")
        return self


class Keys(Section):
    """Keys of devices that encrypt (HJ 212-2025)."""

    master: Annotated[Secret, AfterValidator(_long_enough)] = SecretStr("")
    """The secret that wraps the stored keys, at least 16 characters; without it none can be stored."""
    rotate_days: int = Field(90, ge=0, le=3650)
    """Days after which a device that has a key here is given a new one (1014; HJ 212-2025 6.4.3: 90);
    0: none is given unless the device asks."""

    @property
    def wrapping(self) -> str | None:
        """The master secret, if there is one."""
        return self.master.get_secret_value() or None


class _Environment(EnvSettingsSource):
    """The environment, whose texts that are not JSON are left to the schema to refuse."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


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
    """Where everything is kept."""
    http: Http = Http()
    """The API."""
    adapters: tuple[dict[str, Any], ...] = Field((), repr=False)  # secrets are not yet hidden here
    """The feeds; each entry has a `type` and a `name`, the rest is the type's own."""
    intake: Intake = Intake()
    """What is written together, and how much may wait."""
    detection: Detection = Detection()
    """Judging."""
    tasks: Tasks = Tasks()
    """Verification tasks."""
    webhooks: Webhooks = Webhooks()
    """Calls to dashboards."""
    backfill: Backfill = Backfill()
    """Asking devices for data that is missing."""
    media: Media = Media()
    """Pictures, videos and records."""
    reminders: Reminders = Reminders()
    """Reminders to enterprises."""
    retention: Retention = Retention()
    """How long things are kept."""
    oidc: Oidc = Oidc()
    """People whom the bureau's own provider knows (OpenID Connect)."""
    keys: Keys = Keys()
    """Keys of devices that encrypt (HJ 212-2025)."""

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
        del env_settings, dotenv_settings, file_secret_settings
        return (_Environment(settings_cls), init_settings)


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
    if faults or settings is None:
        raise ConfigError(faults)
    return settings, tuple(adapters.found)


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
