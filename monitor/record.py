"""What the bureau records of its own acts: cases, reliefs, issued documents, typical cases. Pure.

The figures of brief and summary table are counted from these, so a record is never lost: it is amended
with its versions kept, or struck out with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, ClassVar, TypeAlias

from monitor.task import InputError

EARLIEST = date(2000, 1, 1)
_AHEAD = timedelta(days=366)


class ReliefKind(StrEnum):
    """The four kinds of relief (减免处罚) that the notices' table counts, each time one."""

    NO_PENALTY = "no_penalty"
    """免于处罚."""
    NO_COERCIVE_MEASURE = "no_coercive_measure"
    """免于采取强制措施."""
    NO_PRODUCTION_RESTRICTION = "no_production_restriction"
    """免于限产停产."""
    EXTENDED_CORRECTION = "extended_correction"
    """延长整改期限."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case filed (立案) on an enterprise's act, and what was decided."""

    NOUN: ClassVar[str] = "case"
    ON: ClassVar[str] = "filed_on"
    """The day by which it is listed and counted."""

    uscc: str
    act_on: date
    filed_on: date
    task: int | None = None
    number: str | None = None
    """立案文号."""
    violation: str | None = None
    """What was found (违法行为)."""
    decided_on: date | None = None
    penalty: Any = None
    """As it was decided: an amount in yuan, a text, or what else another system says."""
    withdrawn_on: date | None = None
    """撤销立案: it counts no more from then on."""

    def check(self, today: date) -> None:
        """Raise InputError for days that cannot be."""
        _days(self, today, "act_on", "filed_on", "decided_on")
        _days(self, today, "filed_on", "withdrawn_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """A relief that was granted (减免处罚)."""

    NOUN: ClassVar[str] = "relief"
    ON: ClassVar[str] = "on"

    uscc: str
    on: date
    kind: ReliefKind
    case: int | None = None
    task: int | None = None
    ground: str | None = None

    def check(self, today: date) -> None:
        """Raise InputError for days that cannot be."""
        _days(self, today, "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that carries the positive list out (出台的配套、细化措施)."""

    NOUN: ClassVar[str] = "document"
    ON: ClassVar[str] = "issued_on"

    number: str
    """文号."""
    title: str
    issued_on: date
    district: str

    def check(self, today: date) -> None:
        """Raise InputError for days that cannot be."""
        _days(self, today, "issued_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalCase:
    """A case chosen for publication (公开曝光), with the text that is published."""

    NOUN: ClassVar[str] = "typical-case"
    ON: ClassVar[str] = "chosen_on"

    uscc: str
    chosen_on: date
    case: int | None = None
    task: int | None = None
    major: bool = False
    """重大: harm to the public's rights, to the quality of the environment, to the campaign."""
    title: str
    text: str
    names_enterprise: bool = False
    """Whether the enterprise may be named; natural persons never are."""

    def check(self, today: date) -> None:
        """Raise InputError for days that cannot be."""
        _days(self, today, "chosen_on")


Record: TypeAlias = Case | Relief | Document | TypicalCase
KINDS: Mapping[str, type[Any]] = {kind.NOUN: kind for kind in (Case, Relief, Document, TypicalCase)}


def names_of(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a kind of record."""
    return tuple(each.name for each in fields(kind))


def required(kind: type[Any]) -> frozenset[str]:
    """The fields that a record of a kind cannot be without."""
    return frozenset(each.name for each in fields(kind) if each.default is not None)


def to_json(record: Record) -> dict[str, Any]:
    """A record's fields as JSON."""
    said = {name: getattr(record, name) for name in names_of(type(record))}
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in said.items()}


def from_json(kind: type[Any], said: Mapping[str, Any]) -> Any:
    """A record from its fields as JSON, others passed over. Raises InputError with what is wrong."""
    found = {name: said[name] for name in names_of(kind) if said.get(name) is not None}
    for name in found.keys() & _DAYS:
        if not isinstance(found[name], date):
            found[name] = _day(f"{kind.NOUN}.{name}", found[name])
    if kind is Relief:
        found["kind"] = _relief_kind(found.get("kind"))
    try:
        return kind(**found)
    except TypeError:
        lacking = [
            each.name for each in fields(kind) if each.default is MISSING and each.name not in found
        ]
        raise InputError(f"{kind.NOUN}: it lacks {', '.join(lacking)}") from None


_DAYS = frozenset(
    {"act_on", "filed_on", "decided_on", "withdrawn_on", "on", "issued_on", "chosen_on"}
)


def _day(what: str, text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise InputError(f"{what}: a date such as 2026-08-01 is needed") from None


def _relief_kind(text: Any) -> ReliefKind:
    try:
        return ReliefKind(text)
    except ValueError:
        raise InputError(f"relief.kind: one of {', '.join(ReliefKind)} is needed") from None


_PERSONAL = (
    ("a mobile phone number", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")),
    ("an identity card number", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")),
)


def refuse_names(record: TypicalCase, enterprise: str, persons: Iterable[str]) -> None:
    """Raise InputError where a text for the public names who must not be named.

    `enterprise`: its name; `persons`: names of people whom the bureau knows in this matter.
    """
    said = f"{record.title}\n{record.text}"
    found = [what for what, pattern in _PERSONAL if pattern.search(said)]
    found += [f"a person ({name})" for name in persons if name in said]
    if not record.names_enterprise:
        found += [f"the enterprise ({name})" for name in (enterprise, record.uscc) if name in said]
    if found:
        raise InputError(
            f"text: it names {', '.join(found)}; write 某企业, 某某 in its place. The enterprise alone "
            "may be named, where names_enterprise says so"
        )


def _days(record: Any, today: date, *names: str) -> None:
    """The days of a record, in order; the platforms of some bureaus send acts before their day."""
    known = [(name, getattr(record, name)) for name in names if getattr(record, name) is not None]
    for name, day in known:
        if not EARLIEST <= day <= today + _AHEAD:
            raise InputError(f"{name}: a day from {EARLIEST} to {today + _AHEAD} is needed")
    for (before, first), (after, second) in pairwise(known):
        if second < first:
            raise InputError(f"{after} ({second}) lies before {before} ({first})")
