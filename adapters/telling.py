"""What the log says of a feed: once that it is lost and why, once that it is back."""

from __future__ import annotations

import structlog

_log = structlog.get_logger()


class Telling:
    """Speaks for one feed."""

    def __init__(self, name: str, url: str) -> None:
        """`name`: of the adapter; `url`: of what it is connected to."""
        self._name, self._url = name, url
        self._told = False
        self.trouble: str | None = None
        """What is wrong at the moment."""

    def is_well(self, how: str) -> None:
        """Told after a trouble, and at the beginning."""
        if self.trouble is not None or not self._told:
            _log.info("feed connected", adapter=self._name, url=self._url, how=how)
        self.trouble, self._told = None, True

    def say(self, trouble: str) -> None:
        """Told unless it was told before."""
        if trouble != self.trouble:
            _log.warning("feed interrupted", adapter=self._name, url=self._url, reason=trouble)
        self.trouble = trouble
