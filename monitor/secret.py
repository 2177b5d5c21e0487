"""A text of the configuration that never shows: given plainly, or as the file that holds it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr


def read_secret(value: Any) -> Any:
    """A secret given as `{ file = "…" }`: relative to `$CREDENTIALS_DIRECTORY` if there is one."""
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"file"} or not isinstance(value["file"], str):
        raise ValueError('a secret is a text or { file = "…" }')
    path = Path(value["file"])
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and not path.is_absolute():
        path = Path(credentials) / path
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text") from None


Secret = Annotated[SecretStr, BeforeValidator(read_secret)]
"""A text that never shows, given plainly or as `{ file = "…" }`."""


def _in_path(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", secret.get_secret_value()):
        raise ValueError("16 to 128 letters, digits, `-` or `_`: it is a part of the address")
    return secret


PathSecret = Annotated[Secret, AfterValidator(_in_path)]
"""The same for a part of an address."""
