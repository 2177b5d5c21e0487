"""Tokens, roles and rights: who may do what, and where. Pure.

A token is `omt_`, 30 random base62 characters and their CRC-32 in six: the prefix lets secret
scanners find a leaked one, the checksum refuses a mistyped one without asking the database. Only
the SHA-256 is stored; the token is random enough for that to be safe.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.errors import Forbidden
from monitor.exchange import Exchange

PREFIX = "omt_"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 30
_CHECK = 6


class Role(StrEnum):
    """What a token is for."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OFFICER = "officer"
    VIEWER = "viewer"
    FEEDER = "feeder"


class Right(StrEnum):
    """What a route asks for."""

    READ = "read"
    """Tasks, alerts, enterprises, observations, events."""
    WORK = "work"
    """Claim, renew, release and report a task."""
    DIRECT = "direct"
    """Screen alerts; queue, close and withdraw tasks."""
    SUBSCRIBE = "subscribe"
    """Have webhooks."""
    OPERATE = "operate"
    """See devices, problems and frames."""
    COMMAND = "command"
    """Tell devices what to do."""
    AUDIT = "audit"
    """Read who did what."""
    FEED = "feed"
    """Hand in data."""
    COMPLAIN = "complain"
    """Record complaints."""
    IDENTIFY = "identify"
    """See who made a complaint, with a reason."""
    MANAGE = "manage"
    """Make, list and revoke tokens, enter keys of devices."""


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.SUPERVISOR: frozenset(
        {
            Right.READ,
            Right.WORK,
            Right.DIRECT,
            Right.SUBSCRIBE,
            Right.OPERATE,
            Right.COMMAND,
            Right.COMPLAIN,
            Right.IDENTIFY,
        }
    ),
    Role.OFFICER: frozenset({Right.READ, Right.WORK, Right.COMPLAIN}),
    Role.VIEWER: frozenset({Right.READ, Right.SUBSCRIBE}),
    Role.FEEDER: frozenset({Right.FEED, Right.COMPLAIN}),
}
"""The rights of each role, in this one place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a token's name and role, its districts (none = all), from where and on which terms."""

    id: int | None
    name: str
    role: Role
    districts: tuple[str, ...] = ()
    origin: str | None = None
    exchange: Exchange | None = field(default=None, compare=False, repr=False)
    """The request that the caller makes; None where it is not one over HTTP that changes anything."""

    def may(self, right: Right) -> bool:
        """Whether the role has the right."""
        return right in RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """Raise Forbidden unless the role has the right."""
        if not self.may(right):
            raise Forbidden(f"a token of role {self.role} may not do this")

    def sees(self, district: str | None) -> bool:
        """Whether a thing of a district is within reach; one of no district only for all-seers."""
        return not self.districts or district in self.districts


def new_token() -> str:
    """A fresh token, to be shown once."""
    body = "".join(secrets.choice(_BASE62) for _ in range(_RANDOM))
    return PREFIX + body + _checksum(body)


def well_formed(token: str) -> bool:
    """Whether prefix, length and checksum are those of a token."""
    body, check = token[len(PREFIX) : -_CHECK], token[-_CHECK:]
    right_length = len(token) == len(PREFIX) + _RANDOM + _CHECK
    return right_length and token.startswith(PREFIX) and check == _checksum(body)


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECK):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits
