"""Up to when everything that a platform had is stored: kept in the same transaction as what it is of.

It is the key under which the last answer is held (`Delivery.held`), so that nothing has to be kept in
step with the store: the next one releases it, and after a restart it is read back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.adapter import Context, Delivery

_UNTIL = "until/"


class Cursor:
    """The time of one adapter."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: str | None = None
        self.at: datetime | None = None
        """None: nothing was ever read."""

    async def restore(self) -> None:
        """Read back what the store has."""
        held = await self._context.held() if self._context.held is not None else ()
        keys = [key for key, _ in held if key.startswith(_UNTIL)]
        if keys:
            self._kept = max(keys)
            self.at = datetime.fromisoformat(self._kept.removeprefix(_UNTIL))

    def moved(self, delivery: Delivery, until: datetime) -> Delivery:
        """The delivery with which everything until a time is stored."""
        key = f"{_UNTIL}{until.astimezone(UTC).isoformat(timespec='seconds')}"
        if key == self._kept:
            return delivery
        return replace(delivery, held=key, released=self._kept)

    def stored(self, delivery: Delivery) -> None:
        """To be told of a delivery that `moved` has made, when it is stored."""
        self._kept = delivery.held or self._kept
