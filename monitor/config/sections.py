"""The tables of the file, each with its keys, their defaults and what they mean."""

from __future__ import annotations

import ipaddress
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from monitor.alert import Outcome
from monitor.complaint import CHANNELS, RULE
from monitor.config.gateway import Gateway
from monitor.config.values import (
    ChannelCode,
    CurveRuleName,
    Judged,
    LinkBase,
    LongSecret,
    Matter,
    MonthDay,
    Network,
    RuleName,
    Schedule,
    TermText,
    Thresholds,
)
from monitor.objects import S3
from monitor.oidc.claims import safe
from monitor.reports.period import Level
from monitor.rules import TUNED_RULES, thresholds
from monitor.secret import Secret
from monitor.tokens import Role


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
    trusted_proxies: tuple[Network, ...] = (
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


class Corroboration(Section):
    """Corroboration (互证): findings of independent sources raise each other."""

    enabled: bool = True
    """Whether they do."""
    window_hours: float = Field(24, ge=0, le=8784)
    """Alerts of one enterprise whose spans are no farther apart than this are about the same."""


class Silences(Section):
    """Silences (静默): alerts that are told to nobody for a time."""

    max_days: int = Field(30, ge=1, le=366)
    """How long one may last."""


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
    rules: dict[RuleName, Outcome] = Field(default_factory=dict)
    """Outcome of the other rules, by name; what is not named is screened, but for `complaint`, which is
    verified."""
    off: tuple[RuleName, ...] = ()
    """Rules that are not judged at all, of those that look at more than one report; what they found
    before stays."""
    thresholds: dict[CurveRuleName, Thresholds] = Field(default_factory=dict)
    """Thresholds of rules over curves and power use, by name (`[detection.thresholds.constant-value]`,
    `hours = 6`); docs/rules.md and `GET /api/v1/rules` have them all, with what they are unless they are
    set."""
    marks: Marks = Marks()
    """Marks."""
    corroboration: Corroboration = Corroboration()
    """Corroboration."""
    silences: Silences = Silences()
    """Silences."""

    @model_validator(mode="after")
    def _complaints_are_looked_at(self) -> Detection:
        if self.rules.get(RULE) is Outcome.REMIND:
            raise ValueError("rules.complaint: verify or screen; nobody is reminded of a complaint")
        return self

    @model_validator(mode="after")
    def _known_thresholds(self) -> Detection:
        for name, values in self.thresholds.items():
            thresholds.given(TUNED_RULES[name], values)
        return self


class Tasks(Section):
    """Verification tasks."""

    lease_minutes: int = Field(480, ge=1, le=10_080)
    """How long a claim holds without being renewed."""
    deadlines: dict[Matter, TermText] = Field(default_factory=dict)
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


class Complaints(Section):
    """Complaints (信访举报)."""

    channels: dict[ChannelCode, Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default_factory=lambda: dict(CHANNELS), min_length=1, max_length=100
    )
    """The codes of channels, each with what it is called; these take the place of the usual ones."""
    tell: TermText = "15 days"
    """From receipt until it is told whether a complaint is accepted (环保举报热线工作管理办法)."""
    hand_on: TermText = "3 working days"
    """From receipt until one that is another's is handed on (转办)."""
    close: TermText = "60 days"
    """From receipt until it is closed (办结); a shorter term that an upper level sets is taken."""
    extend_days: int = Field(30, ge=0, le=366)
    """By how much closing may be put off at most."""
    join_metres: float = Field(300, ge=0, le=10_000)
    """Complaints about places that are nobody's, no farther apart than this, are one matter."""
    key_file: str = ""
    """The secret that reporters are sealed with while `keys.master` is empty; the file is made when it
    is first needed. Empty: `complaints.key` beside the SQLite database, else in the folder of media."""
    reporters_days: int = Field(1095, ge=30)
    """Days after its end that who made a complaint is known; then that is deleted."""


class Webhooks(Section):
    """Calls to dashboards and chat bots."""

    allow: tuple[Network, ...] = ()
    """Networks (CIDR) that may be called although they are private or loopback, over http as well."""
    schedule: Schedule = (
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
    public_url: LinkBase = ""
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
    fetch: tuple[Network, ...] = ()
    """Networks (CIDR) that pictures may be fetched from where a source sends their URL: the picture
    servers of camera platforms. Public addresses may be called over https without."""
    fetch_bytes: int = Field(20_000_000, ge=1_000, le=100_000_000)
    """Bytes of a picture that is fetched."""


class Reminders(Section):
    """Reminders to enterprises (提醒帮扶): a link to be passed on, by which they reply."""

    public_url: LinkBase = ""
    """What the links begin with, as enterprises reach this service; empty: links are given as paths."""
    automatic: bool = False
    """Whether an alert whose outcome is `remind` records a reminder by itself."""
    days: int = Field(7, ge=1, le=90)
    """How long a link is good."""
    files: int = Field(6, ge=0, le=50)
    """Files that may come with a reply: pictures and PDF."""
    max_bytes: int = Field(50_000_000, ge=1_000)
    """Bytes of a reply with its files."""
    gateway: Gateway = Gateway()
    """What sends reminders and guidance; without its `url` nothing is sent."""

    @model_validator(mode="after")
    def _reachable(self) -> Reminders:
        if self.gateway.url.get_secret_value() and not self.public_url:
            raise ValueError("public_url is needed with a gateway: messages carry links")
        return self


class Reports(Section):
    """Reports on the positive list (简报, 汇总表, 工作总结): who reports, to whom, until when."""

    unit: str = ""
    """填报单位 of the city's or the province's papers."""
    units: dict[str, str] = {}
    """填报单位 of a county's papers, by district; without one it is the district's name."""
    recipients: dict[Level, str] = {}
    """To whom the papers of each level (county, city, province) go."""
    contact: str = ""
    """The person who is named on them (专人)."""
    districts: tuple[str, ...] = ()
    """The rows of the table in their order; others that have anything follow."""
    levels: tuple[Level, ...] = (Level.COUNTY, Level.CITY)
    """Whose duties are watched and reminded of here."""
    remind_days: int = Field(3, ge=0, le=31)
    """So many days before one is due it is told as `report.due`."""
    brief_day: int = Field(10, ge=1, le=31)
    """County: until this day of the following month the brief is due."""
    article_day: int = Field(15, ge=1, le=31)
    """City: until this day of the following month the article is due."""
    county_final: MonthDay = "09-28"
    """Until when a county's summary and table of the year are due."""
    city_final: MonthDay = "10-10"
    """The same of the city."""
    province_final: MonthDay = "10-15"
    """The same of the province."""


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
    """The master secret, and keys of devices that encrypt (HJ 212-2025)."""

    master: LongSecret = SecretStr("")
    """The secret that wraps the stored keys and who made complaints, at least 16 characters; without it
    neither can be stored."""
    rotate_days: int = Field(90, ge=0, le=3650)
    """Days after which a device that has a key here is given a new one (1014; HJ 212-2025 6.4.3: 90);
    0: none is given unless the device asks."""

    @property
    def wrapping(self) -> str | None:
        """The master secret, if there is one."""
        return self.master.get_secret_value() or None
