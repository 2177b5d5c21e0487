"""The shapes of tokens."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from monitor.api.schemas import Body, Day, Line, Name, Shape, Timestamp
from monitor.tokens import Role


class Token(Shape):
    """Who may use the API; not what it is known by."""

    id: int
    kind: Literal["token", "person", "session"]
    """Made here; a person known to the provider (OIDC); a person's session."""
    name: str
    """Stands on tasks and in the audit trail."""
    role: Role
    districts: list[str]
    """Empty: all of them."""
    person: int | None
    """Whose session it is."""
    in_force: bool
    created_at: Timestamp
    expires_on: Day | None
    """The last day it works."""
    expires_at: Timestamp | None
    """When a session ends."""
    revoked_at: Timestamp | None
    last_used_at: Timestamp | None
    last_used_from: str | None


class NewToken(Token):
    """A token and, this once, its text."""

    token: str


class TokenPage(Shape):
    """Tokens, oldest first."""

    items: list[Token]
    next: str | None


class TokenBody(Body):
    """Who is to have a token, and what for."""

    name: Name
    """Of tokens in force no two have the same."""
    role: Role
    districts: list[Line] = Field(default_factory=list, max_length=200)
    """Empty: all that the token that asks may see."""
    expires_on: date | None = None
    """The last day it works."""
