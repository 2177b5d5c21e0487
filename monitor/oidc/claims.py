"""From the claims of a JWT to a person: name, role, districts. Pure.

The mapping fails closed: who has no role or no district by it may do nothing, and all districts are
had by a claim that says so (`*`), never by the lack of one.
"""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.errors import Forbidden
from monitor.tokens import Role

ALL = "*"
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which claims say what, and what their values stand for."""

    name: str = "preferred_username"
    role: str = "groups"
    district: str = "groups"
    roles: collections.abc.Mapping[str, Role] = field(default_factory=dict)
    districts: collections.abc.Mapping[str, str] = field(default_factory=dict)
    """Value of the claim → district, or `*` for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is, what he may, and when the provider said so. No districts = all of them."""

    issuer: str
    subject: str
    name: str
    role: Role
    districts: tuple[str, ...]
    issued_at: datetime


def person(claims: collections.abc.Mapping[str, Any], mapping: Mapping) -> Person:
    """The person of verified claims. Raises Forbidden."""
    name = claims.get(mapping.name)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _LONGEST or "\0" in name:
        raise Forbidden(f"the provider gave no name in the claim {mapping.name}")
    given = {mapping.roles[value] for value in _values(claims, mapping.role) & set(mapping.roles)}
    if not given:
        raise Forbidden("the provider gave no role that is known here; ask for one")
    reached = {
        mapping.districts[v] for v in _values(claims, mapping.district) & set(mapping.districts)
    }
    if not reached:
        raise Forbidden("the provider gave no district that is known here; ask for one")
    return Person(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        name=name.strip(),
        role=next(role for role in Role if role in given),  # the highest comes first
        districts=() if ALL in reached else tuple(sorted(reached)),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
    )


def _values(claims: collections.abc.Mapping[str, Any], name: str) -> set[str]:
    """The texts of a claim: one, or a list."""
    value = claims.get(name)
    several = value if isinstance(value, list) else [value]
    return {each for each in several if isinstance(each, str)}


def safe(url: object) -> bool:
    """Whether a URL is https; of this machine itself http will do."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))
