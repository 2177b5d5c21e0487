"""Faults of the disk in the product's terms."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.errors import MediaFull, MediaUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def on_disk() -> Iterator[None]:
    """Whatever the disk does is MediaFull or MediaUnavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise MediaFull("the disk for media is full; nothing was stored") from error
        raise MediaUnavailable(f"media: {error.strerror or error}") from error
