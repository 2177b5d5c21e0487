"""Which bucket, and how to get at it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    model_validator,
)

from monitor.secret import Secret


def _endpoint(text: str) -> str:
    parts = urlsplit(text)
    plain = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
    if text and (not plain or parts.query or parts.fragment or parts.username or parts.port == 0):
        raise ValueError("an address such as https://s3.example.org or http://10.1.2.3:9000")
    return text.rstrip("/")


def _prefix(text: str) -> str:
    if text and not re.fullmatch(
        r"([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*", text
    ):
        raise ValueError("folders such as media or bureau/media, without slashes at the ends")
    return text


class S3(BaseModel):
    """A bucket of an S3-compatible store."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    endpoint: Annotated[str, AfterValidator(_endpoint)] = ""
    """The store's address, e.g. `https://s3.example.org`; empty: there is none."""
    bucket: str = Field("", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    """The bucket's name; it must be there."""
    access_key: str = ""
    """The name of the key."""
    secret_key: Secret = SecretStr("")
    """The key itself, plainly or as `{ file = "…" }`."""
    region: str = Field("us-east-1", pattern=r"^[A-Za-z0-9-]{1,64}$")
    """The bucket's region; stores of one's own mostly take the default."""
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    """What the names of all objects begin with, as a folder; empty: nothing."""
    ca_file: FilePath | Literal[""] = ""
    """The certificates (PEM) that may vouch for the store; empty: the system's. For `https`."""
    timeout: float = Field(30.0, ge=1, le=300)
    """Seconds of silence after which the store counts as away; a connection must come about in five."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.endpoint and not (
            self.bucket and self.access_key and self.secret_key.get_secret_value()
        ):
            raise ValueError("bucket, access_key and secret_key belong to an endpoint")
        if self.ca_file and not self.endpoint.startswith("https:"):
            raise ValueError("ca_file: only for https://")
        return self

    def overlaps(self, other: S3) -> bool:
        """Whether an object can be below the prefixes of both."""
        if (self._store, self.bucket) != (other._store, other.bucket):
            return False
        one, two = (f"{each.prefix}/".removeprefix("/") for each in (self, other))
        return one.startswith(two) or two.startswith(one)

    @property
    def _store(self) -> tuple[str | None, int]:
        parts = urlsplit(self.endpoint)
        return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
