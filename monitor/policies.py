"""From settings to the values that the core works with."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from monitor import calendar, complaint
from monitor.alert import Policy
from monitor.alerting import Bench
from monitor.calendar import Calendar, Term
from monitor.config import Settings
from monitor.config.listing import ListCategory
from monitor.corroboration import Scheme
from monitor.errors import ConfigError
from monitor.fetching import Fetching
from monitor.gateway import Gateway
from monitor.intake import Limits as IntakeLimits
from monitor.marks import Allowances, Deadlines, Marking, parse, shipped
from monitor.media import InBucket, Limits, Media
from monitor.objects import Bucket
from monitor.positive import SHIPPED, Categories, Category, Treatment
from monitor.positive import Conditions as Inclusion
from monitor.positive import Policy as ListingPolicy
from monitor.positive.categories import RECORD
from monitor.register import Register
from monitor.reminder import Policy as Reminding
from monitor.reports.period import Level
from monitor.reports.policy import Reporting
from monitor.rules import TUNED_RULES, thresholds
from monitor.task import Trigger
from monitor.terms import Terms
from monitor.webhook import Conditions
from monitor.webhook import Policy as Addresses


def policy(settings: Settings) -> Policy:
    """How findings are graded: the defaults, and over them what the file says."""
    detection, default = settings.detection, Policy()
    silence = {p: timedelta(hours=h) for p, h in detection.silence_hours.items()}
    return replace(
        default,
        act_within=timedelta(days=detection.act_within_days),
        exceedance=default.exceedance | detection.exceedance,
        silence=default.silence | silence,
        rules=default.rules | detection.rules,
        off=frozenset(detection.off),
        incinerator_hour=detection.incinerator_hour,
    )


def thresholds_of(settings: Settings) -> dict[str, Any]:
    """The thresholds of rules that are not the usual ones, by rule."""
    known = settings.detection.thresholds
    return {name: thresholds.given(TUNED_RULES[name], values) for name, values in known.items()}


def marking(settings: Settings) -> Marking:
    """How marks are taken. Raises ConfigError where the file of allowances is not one."""
    marks = settings.detection.marks
    return Marking(
        allowances=_allowances(Path(marks.allowances)) if marks.allowances else shipped(),
        deadlines=Deadlines(
            next_day=marks.next_day,
            change=timedelta(hours=marks.incinerator_change_hours),
            order=timedelta(hours=marks.incinerator_order_hours),
        ),
        part_marked_day=marks.part_marked_day,
    )


@lru_cache(maxsize=4)
def _allowances(path: Path) -> Allowances:
    """Read once: a change of the file is taken over by a restart, as the log says of the other keys."""
    try:
        return parse(path.read_text("utf-8-sig").splitlines())
    except (OSError, ValueError) as error:
        raise ConfigError([f"detection.marks.allowances: {path}: {error}"]) from None


def reporting(settings: Settings) -> Reporting:
    """How reports are made."""
    said = settings.reports
    finals = zip(Level, (said.county_final, said.city_final, said.province_final), strict=True)
    return Reporting(
        unit=said.unit,
        units=said.units,
        recipients=said.recipients,
        contact=said.contact,
        districts=said.districts,
        levels=said.levels,
        remind_days=said.remind_days,
        brief_day=said.brief_day,
        article_day=said.article_day,
        final={level: (int(text[:2]), int(text[3:])) for level, text in finals},
    )


def stated(settings: Settings) -> dict[str, Any]:
    """The settings of judging in force, defaults included, as an evidence bundle states them."""
    held = policy(settings)
    return {
        "act_within_days": held.act_within.days,
        "exceedance": {period.value: outcome.value for period, outcome in held.exceedance.items()},
        "silence_hours": {p.value: gap / timedelta(hours=1) for p, gap in held.silence.items()},
        "rules": {name: outcome.value for name, outcome in held.rules.items()},
        "off": sorted(held.off),
        "thresholds": {
            name: thresholds.told(thresholds_of(settings).get(name, rule.thresholds))
            for name, rule in TUNED_RULES.items()
        },
        "incinerator_hour": held.incinerator_hour.value,
        "marks": settings.detection.marks.model_dump(mode="json"),
        "corroboration": settings.detection.corroboration.model_dump(mode="json"),
    }


def terms(settings: Settings) -> Terms:
    """How long there is for tasks. Raises ConfigError where the calendar's file is not one."""
    given = settings.tasks
    by = {}
    for key, text in given.deadlines.items():
        trigger, _, priority = key.partition("-")
        by[Trigger(trigger), int(priority) if priority else None] = Term.parse(text)
    return Terms(
        zone=settings.zone,
        calendar=_calendar(given.calendar, given.calendar_years, _stamp(given.calendar)),
        by=by,
        remind=timedelta(hours=given.remind_hours),
        escalate=timedelta(hours=given.escalate_hours),
        suspend=timedelta(days=given.suspend_days),
    )


def _stamp(path: str) -> int:
    """When a file was changed last; 0 where there is none."""
    try:
        return Path(path).stat().st_mtime_ns if path else 0
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _calendar(path: str, years: tuple[int, ...], _changed_at: int) -> Calendar:
    """Read once, and again when the file has changed."""
    if not path:
        return Calendar(years=frozenset(years))
    try:
        return calendar.parse(Path(path).read_text("utf-8-sig").splitlines(), years)
    except (OSError, ValueError) as error:
        raise ConfigError([f"tasks.calendar: {path}: {error}"]) from None


def bench(settings: Settings, register: Register) -> Bench:
    """What judging needs besides the data."""
    return Bench(
        register=register,
        policy=policy(settings),
        zone=settings.zone,
        language=settings.language,
        terms=lambda: terms(settings),
        marking=marking(settings),
        readings_kept=timedelta(days=settings.retention.readings_days),
        thresholds=thresholds_of(settings),
        remind=settings.reminders.automatic,
        corroboration=corroboration(settings),
    )


def listing_policy(settings: Settings) -> ListingPolicy:
    """The rules of the positive list: the shipped ones, and over them what the file says."""
    said = settings.positive_list
    return ListingPolicy(
        categories=Categories.of(_category(each) for each in said.categories),
        conditions=Inclusion(
            reporting_days=said.reporting_days,
            violation_months=said.violation_months,
            case_months=said.case_months,
            check_months=said.check_months,
            within_limits_days=said.within_limits_days,
            barred_industries=said.barred_industries,
        ),
        bars=said.bars,
        expiring_days=said.expiring_days,
    )


def _category(said: ListCategory) -> Category:
    default = Category(
        code=said.code, zh="", en="", treatment=Treatment.REGULAR, ground="", conditions=RECORD
    )
    known = next((each for each in SHIPPED if each.code == said.code), default)
    given = {name: getattr(said, name) for name in type(said).model_fields}
    return replace(known, **{name: value for name, value in given.items() if value is not None})


def longest_silence(settings: Settings) -> timedelta:
    """How long a silence may last."""
    return timedelta(days=settings.detection.silences.max_days)


def corroboration(settings: Settings) -> Scheme:
    """How findings of independent sources raise each other."""
    said = settings.detection.corroboration
    return Scheme(enabled=said.enabled, window=timedelta(hours=said.window_hours))


def complaining(settings: Settings) -> complaint.Policy:
    """How complaints are handled."""
    said = settings.complaints
    return complaint.Policy(
        channels=dict(said.channels),
        tell=Term.parse(said.tell),
        hand_on=Term.parse(said.hand_on),
        close=Term.parse(said.close),
        longer=timedelta(days=said.extend_days),
        join_metres=said.join_metres,
        master=lambda: settings.keys.wrapping or _own_secret(_key_file(settings)),
    )


def _key_file(settings: Settings) -> Path:
    """Where the secret is that complaints' reporters are sealed with, if none is given."""
    if settings.complaints.key_file:
        return Path(settings.complaints.key_file)
    url = settings.database.url.get_secret_value()
    beside = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite") else None
    return (beside or settings.media.folder) / "complaints.key"


def _own_secret(path: Path) -> str:
    """The secret of a file, which is made, for its owner alone, when it is first asked for."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
            with os.fdopen(handle, "w", encoding="ascii") as made:
                made.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):  # who comes second takes the first one's
                path.hardlink_to(name)
            Path(name).unlink()
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise ConfigError([f"complaints.key_file: {path}: {error.strerror}"]) from None


def delivery(settings: Settings) -> Conditions:
    """How webhooks are delivered."""
    webhooks = settings.webhooks
    return Conditions(
        schedule=tuple(timedelta(seconds=seconds) for seconds in webhooks.schedule),
        rotation=timedelta(hours=webhooks.rotation_hours),
        language=settings.language,
        public_url=webhooks.public_url,
    )


def limits(settings: Settings) -> IntakeLimits:
    """How much the intake takes together, and how much may wait."""
    intake = settings.intake
    return IntakeLimits(
        batch=intake.batch,
        linger=intake.linger_ms / 1000,
        waiting=intake.waiting,
        quarantine=intake.quarantine,
    )


def media(settings: Settings) -> Media:
    """Where media are kept and how much goes in."""
    said = settings.media
    return Media(
        said.folder.expanduser(),
        Limits(
            max_file=said.max_file,
            max_task=said.max_task,
            max_pixels=said.max_pixels,
            keep_free=said.keep_free,
            max_unfinished=said.max_unfinished,
            upload_lifetime=timedelta(hours=said.upload_hours),
        ),
        InBucket(Bucket(said.s3)) if said.s3.endpoint else None,
    )


def fetching(settings: Settings) -> Fetching:
    """Where pictures may be fetched from."""
    said = settings.media
    networks = tuple(ip_network(text, strict=False) for text in said.fetch)
    return Fetching(Addresses(allow=networks), said.fetch_bytes)


def reminding(settings: Settings) -> Reminding:
    """How enterprises are reminded."""
    said = settings.reminders
    return Reminding(
        public_url=said.public_url,
        lifetime=timedelta(days=said.days),
        files=said.files,
        max_bytes=said.max_bytes,
        gateway=_gateway(settings),
    )


def _gateway(settings: Settings) -> Gateway | None:
    said = settings.reminders.gateway
    if not said.url.get_secret_value():
        return None
    return Gateway(
        url=said.url.get_secret_value(),
        method=said.method,
        headers={name: value.get_secret_value() for name, value in said.headers.items()},
        body=said.body,
        form=said.form,
        ok_field=said.ok_field,
        ok_value=said.ok_value,
    )
