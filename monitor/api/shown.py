"""The JSON of tasks, made once for every version of a task.

Officers poll, and most of what they are shown has not changed since. What a task's JSON says is all part
of its version (`monitor.store.tasks`), which every listing reads anew: nothing older than the last commit
is answered.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from monitor.store import Connection, tasks


class Shown:
    """The bytes of so many tasks, the ones used last."""

    def __init__(self, zone: tzinfo, most: int = 5_000) -> None:
        self._zone, self._most = zone, most
        self._kept: dict[tuple[int, int], bytes] = {}
        self._lock = threading.Lock()

    def of(self, connection: Connection, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        """The JSON of tasks by id and version, in their order."""
        with self._lock:
            found = {key: self._kept.pop(key) for key in wanted if key in self._kept}
            self._kept |= found  # used last: kept longest
        missing = [task for task, version in wanted if (task, version) not in found]
        made = tasks.shape(connection, missing, self._zone)
        fresh = {task: _json(shaped) for task, shaped in made.items()}
        with self._lock:
            self._kept |= {(task, made[task]["version"]): text for task, text in fresh.items()}
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return [found[key] if key in found else fresh[key[0]] for key in wanted]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
