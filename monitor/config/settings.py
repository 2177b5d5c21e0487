"""The whole file, and the environment that goes before it."""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from monitor.config.listing import PositiveList
from monitor.config.sections import (
    Backfill,
    Complaints,
    Database,
    Detection,
    Http,
    Intake,
    Keys,
    Media,
    Oidc,
    Reminders,
    Reports,
    Retention,
    Tasks,
    Webhooks,
)
from monitor.config.values import Zone

PREFIX = "OFFSITE_MONITOR__"


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
    timezone: Zone = "Asia/Shanghai"
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
    positive_list: PositiveList = PositiveList()
    """The positive list (正面清单)."""
    complaints: Complaints = Complaints()
    """Complaints."""
    webhooks: Webhooks = Webhooks()
    """Calls to dashboards."""
    backfill: Backfill = Backfill()
    """Asking devices for data that is missing."""
    media: Media = Media()
    """Pictures, videos and records."""
    reminders: Reminders = Reminders()
    """Reminders to enterprises."""
    reports: Reports = Reports()
    """Reports on the positive list."""
    retention: Retention = Retention()
    """How long things are kept."""
    oidc: Oidc = Oidc()
    """People whom the bureau's own provider knows (OpenID Connect)."""
    keys: Keys = Keys()
    """The master secret, and keys of devices that encrypt (HJ 212-2025)."""

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
