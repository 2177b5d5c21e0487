"""How senders prove who they are, where they do. Pure; whoever is not believed is told why in the log."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.video.webhook import where
from adapters.video.webhook.where import Where
from monitor.clock import EPOCH

_SKEW = 60.0
"""Seconds by which two clocks may differ."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Md5Expires(_Rule):
    """`MD5(key + expires)`, as CTyun has it. It covers the time alone: use TLS, or a `secret`."""

    rule: Literal["md5-key-expires"]
    """`md5-key-expires`"""

    signature: Where = Field(default="Signature", validate_default=True)
    """Where in the message the signature is."""

    expires: Where = Field(default="Expires", validate_default=True)
    """Where the second since 1970 is at which it ends."""

    validity: int = Field(default=600, ge=1, le=86_400)
    """Seconds for which the sender makes it valid: an end further ahead is not believed."""

    def fault(
        self, key: str, _headers: Mapping[str, str], _body: bytes, message: Any, now: datetime
    ) -> str | None:
        """Why the sender is not believed; None if it is."""
        place = where.here(message, message)
        given = where.first(self.signature, place) or ""
        expires = where.first(self.expires, place) or ""
        # MD5 is the platform's rule, not our choice
        right = hashlib.md5((key + expires).encode(errors="replace"), usedforsecurity=False)
        if not _same(given.lower(), right.hexdigest()):
            return "the signature is missing or another one"
        left = (where.number(expires) or 0.0) - (now - EPOCH).total_seconds()
        if not -_SKEW <= left <= self.validity + _SKEW:
            return "the signature has expired, or a clock is wrong"
        return None


class HmacSha256(_Rule):
    """HMAC-SHA256 of the body, in a header."""

    rule: Literal["hmac-sha256"]
    """`hmac-sha256`"""

    header: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    """The header, e.g. `X-Signature`."""

    prefix: str = Field(default="", max_length=32)
    """What stands in front of the signature, e.g. `sha256=`."""

    encoding: Literal["hex", "base64"] = "hex"
    """How it is written."""

    def fault(
        self, key: str, headers: Mapping[str, str], body: bytes, _message: Any, _now: datetime
    ) -> str | None:
        """Why the sender is not believed; None if it is."""
        given = headers.get(self.header.lower(), "").strip()
        digest = hmac.digest(key.encode(), body, "sha256")
        right = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        if not given.startswith(self.prefix):
            return "the signature is missing"
        written = given.removeprefix(self.prefix)
        if not _same(written.lower() if self.encoding == "hex" else written, right):
            return "the signature is missing or another one"
        return None


Signature = Annotated[Md5Expires | HmacSha256, Field(discriminator="rule")]


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
